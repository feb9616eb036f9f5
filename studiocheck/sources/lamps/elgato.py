"""Elgato Key Light, Key Light Air, Ring Light and kin, by the HTTP interface that they serve.

The interface is not documented by its maker; what stands here is common to the open clients of it:
``/elgato/lights`` on port 9123, brightness in percent, colour temperature in mired, 143…344.
"""

from __future__ import annotations

import errno
import functools
import http.client
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studiocheck.core.capture import LampState
from studiocheck.core.errors import SourceError
from studiocheck.core.text import Text
from studiocheck.sources.bounded import bounded
from studiocheck.sources.lamps import problems
from studiocheck.sources.lamps.control import ELGATO_PORT

EXCHANGE_S = 4.0
"""How long one request may take, name resolution included."""
_SOCKET_S = 3.0
_SETTLE_S, _LOOK_AGAIN_S = 1.5, 0.1
_PATH = "/elgato/lights"
_MOST_BYTES = 65536
_MIRED = (143, 344)
_KELVIN = (2900.0, 7000.0)
_DIMMEST = 3
# what may be written back of what a light tells of itself
_SETTINGS = ("on", "brightness", "temperature", "hue", "saturation")

Light = Mapping[str, int | float]
"""One light as the device tells it, only `_SETTINGS`."""


@dataclass
class ElgatoLamp:
    """One light of an Elgato device: asked, told, and asked again whether it obeyed."""

    name: str
    host: str
    port: int = ELGATO_PORT
    number: int = 0
    _found: Light | None = field(default=None, repr=False)
    _owe: Callable[[Callable[[], None]], None] | None = field(default=None, repr=False)

    def promise(self, owe: Callable[[Callable[[], None]], None]) -> None:
        """Be told whom to tell what is owed before anything is changed."""
        self._owe = owe

    def state(self) -> LampState:
        """Return what the light says of itself; raises `SourceError`."""
        return _state(self._lights()[self.number])

    def set(
        self, *, on: bool | None = None, output: float | None = None, kelvin: float | None = None
    ) -> LampState:
        """Change the light and read back what came of it; raises `SourceError`."""
        present = self._lights()[self.number]
        change = self._change(present, on=on, output=output, kelvin=kelvin)
        if self._found is None:
            if self._owe is not None:
                self._owe(functools.partial(put_back, self.name, self.host, self.port,
                                            self.number, dict(present)))  # fmt: skip
            self._found = present
        return _state(self._write(change))

    def restore(self) -> None:
        """Put back what was found; raises `SourceError` when the light is not as it was."""
        found = self._found
        if found is None:
            return
        try:
            self._write(found)
        except SourceError as error:
            raise problems.not_put_back(self.name, _words(found), error) from error
        self._found = None

    @property
    def _where(self) -> str:
        return f"{self.host}:{self.port}"

    def _change(
        self, present: Light, *, on: bool | None, output: float | None, kelvin: float | None
    ) -> Light:
        change: dict[str, int | float] = {}
        if output is not None:
            if not 0 <= output <= 1:
                message = f"output is a share of 1, got {output}"
                raise ValueError(message)
            on = on if output > 0 else False
            if output > 0:
                change["brightness"] = max(_DIMMEST, round(100 * output))
        if on is not None:
            change["on"] = int(on)
        if kelvin is not None:
            if "temperature" not in present:
                raise problems.no_kelvin(self.name)
            mired = round(1e6 / kelvin) if kelvin > 0 else 0
            if not _MIRED[0] - 1 <= mired <= _MIRED[1] + 1:
                raise problems.no_such_kelvin(self.name, kelvin, *_KELVIN)
            change["temperature"] = min(_MIRED[1], max(_MIRED[0], mired))
        return change

    def _write(self, change: Light) -> Light:
        """Send a change, again once if need be, until the light reports it."""
        end = time.monotonic() + _SETTLE_S
        sent_again = False
        self._send(change)
        while True:
            light = self._lights()[self.number]
            if _follows(light, change):
                return light
            left = end - time.monotonic()
            if left <= 0:
                raise problems.ignored(self.name, _words(change), _words(light, change))
            if left < _SETTLE_S / 2 and not sent_again:
                # lights drop an order that comes too soon after another
                self._send(change)
                sent_again = True
            time.sleep(_LOOK_AGAIN_S)

    def _send(self, change: Light) -> None:
        # a device takes orders only for all of its lights at once: the others stay as they are
        lights = [dict(light) for light in self._lights()]
        lights[self.number] = {**lights[self.number], **change}
        self._exchange("PUT", {"numberOfLights": len(lights), "lights": lights})

    def _lights(self) -> list[Light]:
        said = self._exchange("GET")
        lights = said.get("lights") if isinstance(said, dict) else None
        if not isinstance(lights, list) or not lights:
            raise self._foreign(Text("it tells of no lights", "应答中没有灯的信息"))
        if self.number >= len(lights):
            raise self._foreign(
                Text(
                    f"it has {len(lights)} light(s), none with number {self.number} "
                    "(the first is 0)",
                    f"它有 {len(lights)} 盏灯，没有序号 {self.number}（从 0 开始）",
                )
            )
        return [self._light(light) for light in lights]

    def _light(self, said: object) -> Light:
        found = {k: said[k] for k in _SETTINGS if k in said} if isinstance(said, dict) else {}
        light: dict[str, int | float] = {}
        for key, value in found.items():
            if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
                raise self._foreign(Text(f"its {key} is {value!r}", f"其 {key} 为 {value!r}"))
            light[key] = int(value) if isinstance(value, bool) else value
        if not {"on", "brightness"} <= light.keys() or light["brightness"] > 100:
            raise self._foreign(Text("on or brightness is missing", "缺少 on 或 brightness"))
        if light.get("temperature", 1) <= 0:
            raise self._foreign(Text("its temperature is 0", "其 temperature 为 0"))
        return light

    def _exchange(self, method: str, order: object = None) -> Any:  # noqa: ANN401 - JSON
        try:
            status, body = bounded(lambda: self._http(method, order), EXCHANGE_S)
        except http.client.RemoteDisconnected as error:
            cut = ConnectionResetError(errno.ECONNRESET, "")
            raise problems.of_network(self.name, self._where, cut) from error
        except http.client.HTTPException as error:
            what = Text("it does not speak HTTP", "它不使用 HTTP")
            raise self._foreign(what) from error
        except (OSError, UnicodeError) as error:
            raise problems.of_network(self.name, self._where, error) from error
        if not 200 <= status < 300:
            raise self._foreign(Text(f"HTTP {status}", f"HTTP {status}"))
        if method == "PUT":
            return None
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise self._foreign(Text("its answer is not JSON", "应答不是 JSON")) from error

    def _http(self, method: str, order: object) -> tuple[int, bytes]:
        body = None if order is None else json.dumps(order).encode()
        connection = http.client.HTTPConnection(self.host, self.port, timeout=_SOCKET_S)
        try:
            connection.request(method, _PATH, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read(_MOST_BYTES)
        finally:
            connection.close()

    def _foreign(self, said: Text) -> SourceError:
        return problems.not_an_elgato(self.name, self._where, said)


def put_back(name: str, host: str, port: int, number: int, found: Light) -> None:
    """Put a light back from another process; raises `SourceError`."""
    ElgatoLamp(name, host, port, number, _found=found).restore()


def _follows(light: Light, change: Light) -> bool:
    """Whether a light is as it was told, but for the rounding of its own scale."""
    return all(
        bool(light["on"]) == bool(value) if key == "on" else abs(light.get(key, -9) - value) <= 1
        for key, value in change.items()
    )


def _state(light: Light) -> LampState:
    mired = light.get("temperature")
    return LampState(
        on=bool(light["on"]),
        output=light["brightness"] / 100,
        kelvin=1e6 / mired if mired else None,
        verified=True,
    )


def _words(light: Light, only: Light | None = None) -> Text:
    """Write settings for a person; ``only`` those that are in another set of settings too."""
    kept = {key: light[key] for key in light if only is None or key in only}
    en, zh = [], []
    if "on" in kept:
        en.append("on" if kept["on"] else "off")
        zh.append("开" if kept["on"] else "关")
    if "brightness" in kept:
        en.append(f"{kept['brightness']:.0f} %")
        zh.append(f"亮度 {kept['brightness']:.0f} %")
    if kept.get("temperature"):
        en.append(f"{1e6 / kept['temperature']:.0f} K")
        zh.append(f"{1e6 / kept['temperature']:.0f} K")
    return Text(", ".join(en) or "nothing", "、".join(zh) or "无")
