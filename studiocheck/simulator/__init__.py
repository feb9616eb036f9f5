"""A studio made of physics: lamps, camera, room, microphone, uplink. No canned results.

Signals are made from a scene (`scene.py`); a fault is a change of the scene's parameters at a
time (`faults.py`). Devices made here speak the protocols of `studiocheck.core.capture`.
"""
