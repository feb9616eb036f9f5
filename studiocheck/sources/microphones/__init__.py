"""Microphones and the loudspeaker beside them, through PortAudio; files in place of one."""
