"""The lamps of a studio file that can be switched, as drivers that are not open yet."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from studiocheck.core.capture import Lamp, LampState
from studiocheck.core.errors import FormatRefused, PermissionDenied, StudioCheckError
from studiocheck.core.studio import LampRole
from studiocheck.core.text import Text
from studiocheck.sources.lamps import problems
from studiocheck.sources.lamps.artnet import ArtNetWire
from studiocheck.sources.lamps.control import (
    ArtNetControl,
    ElgatoControl,
    SacnControl,
    parse_control,
)
from studiocheck.sources.lamps.dmx import DmxLamp
from studiocheck.sources.lamps.dmx_wire import Wire
from studiocheck.sources.lamps.elgato import ElgatoLamp
from studiocheck.sources.lamps.sacn import SacnWire
from studiocheck.sources.lamps.universe import Universe

DmxControl = ArtNetControl | SacnControl


def lamps_for(roles: Mapping[str, LampRole]) -> dict[str, Lamp]:
    """Return a driver for every lamp that has a control; the others are switched by hand.

    All lamps of one DMX universe share one sender, and the sender knows what every lamp of the
    studio file rests at, so that setting one leaves the others as they are.

    Raises
    ------
    FormatRefused
        Naming the lamp whose control is wrong, or two lamps on one channel or light.
    PermissionDenied
        If an Art-Net universe is not said to be ours, or a lamp's resting output is not declared.
    """
    controls = {
        name: _parsed(name, role.control)
        for name, role in roles.items()
        if role.control is not None
    }
    _refuse_shared(controls)
    by_universe: dict[tuple[object, ...], dict[str, DmxControl]] = {}
    for name, control in controls.items():
        if not isinstance(control, ElgatoControl):
            by_universe.setdefault(_universe_key(control), {})[name] = control
    lamps: dict[str, Lamp] = {}
    for group in by_universe.values():
        lamps |= _dmx_lamps(group, roles)
    for name, control in controls.items():
        if isinstance(control, ElgatoControl):
            lamps[name] = ElgatoLamp(_title(name), control.host, control.port, control.number)
    return {name: lamps[name] for name in controls}


def _dmx_lamps(group: Mapping[str, DmxControl], roles: Mapping[str, LampRole]) -> dict[str, Lamp]:
    ours = all(roles[name].dmx_universe_is_ours for name in group)
    wire = _wire(next(iter(group.values())), ours=ours)
    if isinstance(wire, ArtNetWire) and not ours:
        raise problems.not_ours(str(wire))
    resting: dict[int, int] = {}
    for name, control in group.items():
        role = roles[name]
        if ours:
            _require_resting(name, role, control)
        resting |= control.fixture.levels(role.output or 0.0, role.kelvin)
    universe = Universe(wire, resting)
    return {
        name: DmxLamp(
            _title(name),
            control.fixture,
            universe,
            LampState(
                on=True, output=roles[name].output, kelvin=roles[name].kelvin, verified=False
            ),
        )
        for name, control in group.items()
    }


def _wire(control: DmxControl, *, ours: bool) -> Wire:
    if isinstance(control, ArtNetControl):
        return ArtNetWire(control.host, control.port, control.universe, ours)
    return SacnWire(control.universe, uuid4(), ours, control.port, control.host, control.interface)


def _universe_key(control: DmxControl) -> tuple[object, ...]:
    if isinstance(control, ArtNetControl):
        return ("artnet", control.host, control.port, control.universe)
    # two senders on one sACN universe would fight even if one is unicast
    return ("sacn", control.universe, control.port)


def _require_resting(name: str, role: LampRole, control: DmxControl) -> None:
    missing = []
    if role.output is None:
        missing.append("output")
    if control.fixture.cct is not None and role.kelvin is None:
        missing.append("kelvin")
    if missing:
        raise PermissionDenied(
            Text(
                f"lamps.{name}: what it is set to for the show is not known: {', '.join(missing)}",
                f"lamps.{name}：不知道开播时的设置：缺少 {'、'.join(missing)}",
            ),
            Text(
                "on a universe of our own every lamp is left at what the studio file says: write "
                "output = 0.8 (share of full), and kelvin where it has a colour channel",
                "独占的域结束后，每盏灯都会停在直播间设备文件声明的值：请写 output = 0.8（占满量的"
                "比例），有色温通道的还要写 kelvin",
            ),
        )


def _parsed(name: str, control: str) -> ElgatoControl | DmxControl:
    try:
        return parse_control(control)
    except StudioCheckError as error:
        message = error.message
        raise FormatRefused(
            Text(f"lamps.{name}.control: {message.en}", f"lamps.{name}.control：{message.zh}"),
            error.advice,
        ) from error


def _refuse_shared(controls: Mapping[str, ElgatoControl | DmxControl]) -> None:
    seen: dict[tuple[object, ...], str] = {}
    for name, control in controls.items():
        keys: list[tuple[object, ...]] = [("elgato", control)]
        if not isinstance(control, ElgatoControl):
            where = _universe_key(control)
            keys = [(*where, channel) for channel in control.fixture.channels]
        for key in keys:
            if key in seen:
                other = seen[key]
                raise FormatRefused(
                    Text(
                        f"lamps.{other} and lamps.{name} share a channel or light",
                        f"lamps.{other} 和 lamps.{name} 占用了同一通道或同一盏灯",
                    ),
                    Text(
                        "give every lamp channels of its own in `control`",
                        "请在 `control` 中为每盏灯写各自的通道",
                    ),
                )
            seen[key] = name


def _title(name: str) -> str:
    return f"lamps.{name}"
