"""How long properties are tried: `--hypothesis-profile=thorough` for thousands of cases each."""

from hypothesis import settings

# A busy machine is no finding, so no case has a deadline.
settings.register_profile("quick", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None, max_examples=2_000)
settings.load_profile("quick")
