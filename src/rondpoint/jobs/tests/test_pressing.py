"""What can wait rests while somebody's message is worked off, and only then."""

from rondpoint.jobs.pressing import MOST, others_press, pressing, rest


def test_other_work_rests_in_proportion_while_something_presses():
    assert not others_press()
    assert rest(0.1) == 0.0
    with pressing():
        with pressing():
            assert others_press()
        assert rest(0.01) == 0.03
        assert rest(5.0) == MOST
    assert rest(0.1) == 0.0


def test_what_failed_presses_no_more():
    try:
        with pressing():
            raise LookupError
    except LookupError:
        pass
    assert not others_press()
