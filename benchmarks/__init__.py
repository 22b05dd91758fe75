"""Measure how close the integration comes to what Home Assistant itself can do.

Everything is measured on a real `hass` process, in turns with a limit or a rival: the
ratios say more than the figures of one machine.
"""
