"""Measure how close the integration comes to what Home Assistant itself can do.

Everything is measured on a real `hass` process, in turns with a limit or a rival: the
ratios say more than the figures of one machine.
"""

import argparse


def positive(text: str) -> int:
    """Return a whole number from 1 on, for an argument of a command line.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f'"{text}" is no whole number from 1 on')
    return int(text)
