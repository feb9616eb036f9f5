"""Cameras: of this computer, of the network, and files in place of one."""
