"""How often a race is run: two rounds among the fast tests, the other eighteen among the slow ones."""

import pytest

ROUNDS = [0, 1, *(pytest.param(number, marks=pytest.mark.slow) for number in range(2, 20))]
