"""What can be wrong with a child process that serves a device, in words."""

from __future__ import annotations

from studiocheck.core.errors import DeviceGone, SourceTimeout, StudioCheckError
from studiocheck.core.text import Text


def silent(name: str, limit_s: float, *, opened: bool) -> StudioCheckError:
    """Nothing came from it for too long."""
    if not opened:
        return SourceTimeout(
            Text(
                f"{name} did not open within {limit_s:.0f} s",
                f"{name} 在 {limit_s:.0f} 秒内未能打开",
            ),
            Text(
                "unplug it, wait five seconds, plug it in again; close other programs that use it",
                "拔下设备，等五秒再插上；关闭占用它的其他程序",
            ),
        )
    return SourceTimeout(
        Text(
            f"{name} stopped answering: nothing for {limit_s:.0f} s",
            f"{name} 停止响应：{limit_s:.0f} 秒内没有任何数据",
        ),
        Text(
            "unplug it, wait five seconds, plug it in again; then check its cable and hub",
            "拔下设备，等五秒再插上；然后检查线缆和集线器",
        ),
    )


def died(name: str, code: int | None) -> StudioCheckError:
    """It ended without a word."""
    return DeviceGone(
        Text(
            f"the driver process of {name} crashed (exit {code})",
            f"{name} 的驱动进程崩溃（退出码 {code}）",
        ),
        Text(
            "run the check again; if it repeats, update the device's driver or firmware",
            "请重新检查；若再次出现，请更新该设备的驱动或固件",
        ),
    )


def still_changed(error: StudioCheckError) -> StudioCheckError:
    """Add to what went wrong that the device is not as it was found."""
    return type(error)(
        Text(
            f"{error.message.en}; its settings could not be put back",
            f"{error.message.zh}；其设置未能恢复",
        ),
        Text(
            "unplug it, wait five seconds, plug it in again: that brings its own settings back",
            "拔下设备，等五秒再插上，即可恢复其原有设置",
        ),
    )
