"""What makes a noise that was not there on a good day, told by its pitch, and what to touch."""

from __future__ import annotations

from studiocheck.core.text import Text
from studiocheck.measure.sound.third_octaves import Rise

_GAIN = (
    Text("every band rose alike, a gain was turned up", "各频带升幅相同，是增益被调高了"),
    Text(
        "set the gain of transmitter and preamplifier back to the mark it had",
        "把发射机和话放的增益调回原来的位置",
    ),
)
_HISS = (
    Text("hiss: electronics, or a gain that was turned up", "嘶声：电路噪声，或增益被调高"),
    Text(
        "look at the gain of transmitter and preamplifier first, then change the battery and the "
        "cable; a whistle comes from a lamp's or charger's power supply",
        "先看发射机和话放的增益，再换电池和音频线；啸叫声来自灯具或充电器的电源",
    ),
)
_CAUSES = (
    (
        90.0,
        (
            Text(
                "hum, ventilation, traffic, or a low cut that was on",
                "交流声、通风、车流，或原先开着的低切被关掉",
            ),
            Text(
                "switch the low cut on again, then close doors and windows and stop the "
                "ventilation; hum comes by the cable",
                "先重新打开低切，再关门窗、停通风；交流声请查音频线",
            ),
        ),
    ),
    (
        700.0,
        (
            Text("a fan or air conditioning that was off", "原先关着的风扇或空调"),
            Text(
                "switch off fans and air conditioning first, then feel which lamp or computer "
                "blows air",
                "先关风扇和空调，再看哪盏灯或哪台电脑的风扇在转",
            ),
        ),
    ),
    (
        3000.0,
        (
            Text("a computer, a lamp's fan or people nearby", "电脑、灯具风扇或旁边有人"),
            Text(
                "move computers away and close the door; feel which lamp blows air",
                "把电脑移远、关门；用手试哪盏灯在吹风",
            ),
        ),
    ),
)
"""Below which frequency: what it is, what to touch."""


def noise_cause(rise: Rise) -> tuple[Text, Text]:
    """Return what usually makes such a noise, and what to touch first.

    Parameters
    ----------
    rise : Rise
        How the noise changed.

    Returns
    -------
    Text, Text
        The cause, and the advice.

    Notes
    -----
    **Source**: practice of studio sound; a guess that names where to begin.

    Examples
    --------
    >>> fan = Rise(largest_db=12.0, uncertainty_db=1.0, at_hz=200.0, risen_hz=(200.0,),
    ...            all_alike=False)
    >>> noise_cause(fan)[0].en
    'a fan or air conditioning that was off'
    """
    if rise.all_alike:
        return _GAIN
    return next((of for below_hz, of in _CAUSES if rise.at_hz < below_hz), _HISS)
