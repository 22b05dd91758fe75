"""How close the integration comes to what Home Assistant itself can do.

Everything is measured on a real `hass` process, beside a limit or a rival that is measured
in turns with it: the ratios say more than the figures of one machine.
"""
