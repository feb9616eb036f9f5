"""Lamps that can be switched: one file a driver, all behind `studiocheck.core.capture.Lamp`."""
