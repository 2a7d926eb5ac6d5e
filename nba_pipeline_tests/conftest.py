"""How hypothesis runs: a case may take as long as a busy machine makes it."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
