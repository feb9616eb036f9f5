"""What the operating system says of files and ports, in both languages."""

from __future__ import annotations

import errno
from collections.abc import Mapping

from studiocheck.core.text import Text

_NOT_ALLOWED = Text("this user may not do that", "当前用户没有权限")
_FULL = Text("the disk is full", "磁盘已满")
_WORDS: Mapping[int, Text] = {
    errno.ENOENT: Text("there is no such file or folder", "没有这个文件或文件夹"),
    errno.EISDIR: Text("it is a folder", "这是一个文件夹"),
    errno.ENOTDIR: Text("a part of the path is no folder", "路径中有一段不是文件夹"),
    errno.EEXIST: Text("a file of that name is there", "已有同名文件"),
    errno.ENAMETOOLONG: Text("the name is too long", "名称太长"),
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: Text("the disk is read-only", "磁盘是只读的"),
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EIO: Text("the disk fails to read or write", "磁盘读写出错"),
    errno.EADDRINUSE: Text("another program uses it", "已被其他程序占用"),
}


def reason_of(error: OSError) -> Text:
    """Return why the system refused; in its own words where we have none.

    Examples
    --------
    >>> reason_of(OSError(errno.EISDIR, "Is a directory")).zh
    '这是一个文件夹'
    """
    said = error.strerror or str(error) or type(error).__name__
    return _WORDS.get(error.errno or 0, Text(said, said))
