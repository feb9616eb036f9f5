"""Network cameras of one cheap process: JPEG loops as HTTP multipart on 127.0.0.1.

jpeg_server.py FOLDER says its port, then serves FOLDER/NAME/*.jpg at /NAME, in a loop, 30 a second.
What is wrong with a camera stands in the address: ?fps=24 another rate, ?tear=10 every tenth JPEG is
half, ?cut=10 every tenth lacks its middle, ?drop=10 every tenth is left out, ?stall=2 nothing comes
after two seconds, ?length=0 no part says how long it is. /stats tells how many frames were sent to
each camera's viewers, and how many a viewer was too slow to take.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import urllib.parse
from pathlib import Path

BOUNDARY = b"frame"
MOST_WAITING_BYTES = 8_000_000
"""A camera does not wait for a viewer who does not read: it leaves frames out."""


def half(jpeg: bytes) -> bytes:
    return jpeg[: len(jpeg) // 2]


def without_its_middle(jpeg: bytes) -> bytes:
    return half(jpeg) + jpeg[-2:]


def is_nth(n: int, every: float | None) -> bool:
    return every is not None and n % every == every - 1


class Cameras:
    def __init__(self, folder: Path) -> None:
        self.loops = {
            camera.name: [file.read_bytes() for file in sorted(camera.glob("*.jpg"))]
            for camera in sorted(folder.iterdir())
        }
        self.stats = {name: {"sent": 0, "skipped": 0} for name in self.loops}

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            target = urllib.parse.urlsplit(request.split(b" ")[1].decode())
            wishes = {key: float(value) for key, value in urllib.parse.parse_qsl(target.query)}
            name = target.path.strip("/")
            if name == "stats":
                body = json.dumps(self.stats).encode()
                writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            elif name in self.loops:
                await self.show(name, wishes, writer)
            else:
                writer.write(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def show(self, name: str, wishes: dict[str, float], writer: asyncio.StreamWriter) -> None:
        kind = b"multipart/x-mixed-replace; boundary=" + BOUNDARY
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: " + kind + b"\r\n\r\n")
        fps, clock = wishes.get("fps", 30.0), asyncio.get_running_loop().time
        # cameras that are not genlocked do not all expose at the same time
        began_s = clock() + list(self.loops).index(name) / len(self.loops) / fps
        sent, loop = self.stats[name], self.loops[name]
        n = -1
        while not writer.is_closing():
            n += 1
            await asyncio.sleep(max(0.0, began_s + n / fps - clock()))
            if n / fps >= wishes.get("stall", 1e9):
                await asyncio.sleep(60)
            elif is_nth(n, wishes.get("drop")):
                continue
            elif writer.transport.get_write_buffer_size() > MOST_WAITING_BYTES:
                sent["skipped"] += 1
            else:
                sent["sent"] += 1
                self.send(writer, loop[n % len(loop)], n, wishes)

    @staticmethod
    def send(writer: asyncio.StreamWriter, jpeg: bytes, n: int, wishes: dict[str, float]) -> None:
        if is_nth(n, wishes.get("tear")):
            jpeg = half(jpeg)
        elif is_nth(n, wishes.get("cut")):
            jpeg = without_its_middle(jpeg)
        length = b"Content-Length: %d\r\n" % len(jpeg) if wishes.get("length", 1) else b""
        writer.write(b"--" + BOUNDARY + b"\r\nContent-Type: image/jpeg\r\n" + length + b"\r\n")
        writer.write(jpeg)
        writer.write(b"\r\n")


async def main(folder: Path) -> None:
    cameras = Cameras(folder)
    server = await asyncio.start_server(cameras.answer, "127.0.0.1", 0)
    for listener in server.sockets:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
