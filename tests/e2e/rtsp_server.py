"""GStreamer's RTSP server for the tests; runs under the system's Python, which has its bindings.

rtsp_server.py PORT CLIP serves an MP4 of H.264 and AAC: its picture at /cam, both at /sound, and both
at /locked for user op, password p@ss.
rtsp_server.py --check only says by its exit status whether it could.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

ACCESS, CONSTRUCT = "media.factory.access", "media.factory.construct"


PICTURE = "d. ! queue ! h264parse config-interval=1 ! rtph264pay name=pay0 pt=96"
SOUND = "d. ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97"


def factory(clip, *, locked=False, sound=True):
    media = GstRtspServer.RTSPMediaFactory()
    media.set_launch(f"( filesrc location={clip} ! qtdemux name=d {PICTURE} {SOUND * sound} )")
    permissions = GstRtspServer.RTSPPermissions()
    for role, may in (("anonymous", not locked), ("user", True)):
        permissions.add_permission_for_role(role, ACCESS, True)
        permissions.add_permission_for_role(role, CONSTRUCT, may)
    media.set_permissions(permissions)
    return media


def token(role):
    made = GstRtspServer.RTSPToken()
    made.set_string("media.factory.role", role)
    return made


def main(port, clip):
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    auth = GstRtspServer.RTSPAuth()
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic("op", "p@ss"), token("user"))
    auth.set_default_token(token("anonymous"))
    server.set_auth(auth)
    mounts = server.get_mount_points()
    mounts.add_factory("/cam", factory(clip, sound=False))
    mounts.add_factory("/sound", factory(clip))
    mounts.add_factory("/locked", factory(clip, locked=True))
    if not server.attach(None):
        sys.exit("the port is taken")
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    Gst.init(None)
    needed = ("qtdemux", "h264parse", "rtph264pay", "aacparse", "rtpmp4gpay")
    if not all(Gst.ElementFactory.find(name) for name in needed):
        sys.exit("GStreamer plugins are missing")
    if sys.argv[1] != "--check":
        main(sys.argv[1], sys.argv[2])
