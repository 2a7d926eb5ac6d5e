"""A line on a count, and the mean of a Poisson distribution: each from the other.

A count is above a line of n + 1/2 as often as a gamma variable of shape n + 1 is below the mean
(https://dlmf.nist.gov/8.4#E9). Between these lines the shape goes on evenly: on a whole line, about half of what ends
on it counts as above, so that a bet that is then refunded leans to neither side.

scipy costs a tenth of a second to import, and only what reckons with it pays for that.
"""

import pandas as pd

_HALF = 0.5


def share_over(mean: pd.Series, line: pd.Series) -> pd.Series:
    """The probability of more than `line`, 0..1; both float64 and 0 and up."""
    from scipy.special import gammainc

    return pd.Series(gammainc(line + _HALF, mean), mean.index)


def mean_of(line: pd.Series, share: pd.Series) -> pd.Series:
    """The mean with which as much as `share` (0..1) is above `line`."""
    from scipy.special import gammaincinv

    return pd.Series(gammaincinv(line + _HALF, share), line.index)
