"""Reads secrets from where they may lie: the environment, or a file that is its owner's alone."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path

from studiocheck.core.errors import PermissionDenied, SourceError
from studiocheck.core.secret import Secret
from studiocheck.core.system_words import reason_of
from studiocheck.core.text import Text

_PREFIX = "STUDIOCHECK_SECRET_"
_NAME = re.compile(r"[^\W\d_][\w-]{0,31}")
"""Anything longer is more likely a key that somebody pasted, and must not be repeated."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def variable_of(name: str) -> str:
    """Return the environment variable that holds a secret.

    Examples
    --------
    >>> variable_of("taobao-main")
    'STUDIOCHECK_SECRET_TAOBAO_MAIN'
    """
    return _PREFIX + re.sub(r"\W", "_", name).upper()


def read_secret(name: str, file: Path | None) -> Secret:
    """Read one secret.

    Parameters
    ----------
    name : str
        As the studio file calls it.
    file : Path, optional
        TOML with ``name = "value"`` lines; the environment goes first.

    Raises
    ------
    PermissionDenied
        If the file cannot be read, or others can read it too.
    SourceError
        If the name is none, there is no such secret, or the file is not TOML.
    """
    if _NAME.fullmatch(name) is None:
        raise SourceError(
            Text(
                "`stream_key` of this uplink is not the name of a secret",
                "该上行的 `stream_key` 不是密钥名称",
            ),
            Text(
                "write a short name there, never the key itself: letters, digits, - and _; and "
                "fetch a new key if this one lay in the file",
                "请填写简短名称（字母、数字、- 和 _），不要填密钥本身；若已写入过密钥，请重新获取",
            ),
        )
    value = os.environ.get(variable_of(name)) or _in_file(name, file)
    if not value:
        raise SourceError(
            Text(
                f"the secret {name!r} is not there",
                f"找不到密钥 {name!r}",
            ),
            Text(
                f'set the environment variable {variable_of(name)}, or write `{name} = "…"` into '
                'the file that `secrets = "…"` of the studio file names',
                f"请设置环境变量 {variable_of(name)}，"
                f'或在直播间设备文件 `secrets` 指定的文件中写入 `{name} = "…"`',
            ),
        )
    return Secret(value.strip())


def _in_file(name: str, file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        with file.open("rb") as opened:
            if os.name == "posix" and os.fstat(opened.fileno()).st_mode & _OTHERS:
                raise PermissionDenied(
                    Text(
                        f"others on this computer can read the secrets in {file}",
                        f"本机其他用户也能读取密钥文件 {file}",
                    ),
                    Text(f"run `chmod 600 {file}`", f"请运行 `chmod 600 {file}`"),
                )
            found = tomllib.load(opened).get(name)
    except OSError as error:
        why = reason_of(error)
        raise PermissionDenied(
            Text(
                f"the secrets in {file} cannot be read: {why.en}",
                f"无法读取密钥文件 {file}：{why.zh}",
            ),
            Text("check `secrets` in the studio file", "请检查直播间设备文件中的 `secrets`"),
        ) from error
    except ValueError:
        # what the parser complains of may be the secret itself
        raise SourceError(
            Text(f"{file} is not TOML", f"{file} 不是有效的 TOML 文件"),
            Text(f'write lines like {name} = "…"', f'请按 {name} = "…" 的格式填写'),
        ) from None
    return found if isinstance(found, str) else None
