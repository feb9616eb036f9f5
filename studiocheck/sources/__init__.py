"""The only place that touches devices, the network and the operating system.

Objects made here speak the protocols of `studiocheck.core.capture`; every foreign error is mapped
to the tree of `studiocheck.core.errors` where it is met.
"""
