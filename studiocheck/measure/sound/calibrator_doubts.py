"""Why what was recorded is no calibrator's tone, and what to touch."""

from __future__ import annotations

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text


def too_short(seconds: float) -> Unmeasurable:
    """Say that there was too little of it."""
    return Unmeasurable(
        Text(f"{seconds:.1f} s of tone are too few", f"只有 {seconds:.1f} 秒的校准音，太短"),
        Text("hold the calibrator on for three seconds", "请保持校准器发声 3 秒以上"),
    )


def clipped() -> Unmeasurable:
    """Say that full scale was reached."""
    return Unmeasurable(
        Text("the tone clips: it reaches full scale", "校准音削波：已达满刻度"),
        Text(
            "turn the gain of transmitter or preamplifier down by a known step, for example 20 dB, "
            "and say so with --turned-down 20; turn it up again afterwards",
            "把发射机或话放的增益降低一个已知的量，例如 20 dB，并加上 --turned-down 20；"
            "校准后再调回原位",
        ),
    )


def no_tone(level_dbfs: float) -> Unmeasurable:
    """Say that there was noise, speech or music."""
    return Unmeasurable(
        Text(
            f"no calibrator tone: what was heard at {level_dbfs:.0f} dBFS is no single tone",
            f"没有听到校准音：录到的声音（{level_dbfs:.0f} dBFS）不是单一纯音",
        ),
        Text(
            "push the calibrator over the microphone as far as it goes, with the ring that fits, "
            "switch it on, and wait two seconds",
            "选用合适的适配环，将校准器完全套住麦克风并打开，等待 2 秒再测",
        ),
    )


def wrong_frequency(heard_hz: float, wanted_hz: float) -> Unmeasurable:
    """Say that it was another tone."""
    return Unmeasurable(
        Text(
            f"the tone has {heard_hz:.0f} Hz, not {wanted_hz:g} Hz",
            f"校准音为 {heard_hz:.0f} Hz，不是 {wanted_hz:g} Hz",
        ),
        Text(
            f"if that is what the calibrator gives, add --frequency {heard_hz:.0f}; if not, this "
            "is another tone, or the sample rate is wrong",
            f"若校准器本来就是这个频率，请加上 --frequency {heard_hz:.0f}；否则是别的声音，"
            "或采样率不对",
        ),
    )


def distorted(residual_percent: float) -> Unmeasurable:
    """Say that its harmonics are too strong."""
    return Unmeasurable(
        Text(
            f"the tone is distorted by {residual_percent:.0f} %: a stage on its way is overdriven",
            f"校准音失真 {residual_percent:.0f}%：链路中某一级过载",
        ),
        Text(
            "switch limiter and compressor off and turn the first gain down (--turned-down); then "
            "put a new battery into the calibrator",
            "关闭限幅器和压缩器，降低第一级增益（--turned-down）；再给校准器换电池",
        ),
    )


def two_tones(heard_hz: float, second_hz: float, level_db: float) -> Unmeasurable:
    """Say that there was a second one."""
    return Unmeasurable(
        Text(
            f"beside {heard_hz:.0f} Hz there is a tone of {second_hz:.0f} Hz at {level_db:.0f} dB",
            f"除 {heard_hz:.0f} Hz 外还有 {second_hz:.0f} Hz 的声音（{level_db:.0f} dB）",
        ),
        Text(
            "silence whatever else sounds; at 50 or 60 Hz and their multiples it is hum: swap the "
            "cable first",
            "关掉其他发声设备；若为 50 或 60 Hz 及其倍数则是交流声，先换音频线",
        ),
    )


def noisy(residual_percent: float) -> Unmeasurable:
    """Say that noise stands beside it."""
    return Unmeasurable(
        Text(
            f"noise of {residual_percent:.0f} % stands beside the tone",
            f"校准音中混有 {residual_percent:.0f}% 的噪声",
        ),
        Text(
            "seal the calibrator well on the microphone and switch fans off; then raise the gain",
            "把校准器与麦克风套紧，关掉风扇；仍不行再提高增益",
        ),
    )


def unsteady(fluctuation_db: float) -> Unmeasurable:
    """Say that its level moved."""
    return Unmeasurable(
        Text(
            f"the tone is not steady: its level moves by ±{fluctuation_db:.2g} dB",
            f"校准音不稳定：电平波动 ±{fluctuation_db:.2g} dB",
        ),
        Text(
            "hold it still and keep hands off the cable; switch automatic gain and noise "
            "suppression off; then put a new battery into the calibrator",
            "保持不动，不要碰线；关闭自动增益和降噪；再给校准器换电池",
        ),
    )


def faint(level_dbfs: float) -> Unmeasurable:
    """Say that no calibrator is so faint."""
    return Unmeasurable(
        Text(
            f"the tone is far too faint for a calibrator: {level_dbfs:.0f} dBFS",
            f"校准音太小：{level_dbfs:.0f} dBFS，不像校准器直接套在麦克风上",
        ),
        Text(
            "put the calibrator on this microphone, not beside it, and unmute it",
            "把校准器套在这支麦克风上，而不是放在旁边，并检查是否静音",
        ),
    )
