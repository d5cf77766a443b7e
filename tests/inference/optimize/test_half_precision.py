"""What a processor says it can."""

from mmnuc.inference.optimize.half_precision import cpu_computes_in_bfloat16


def test_the_processor_says_what_it_can() -> None:
    assert cpu_computes_in_bfloat16() in (True, False)
