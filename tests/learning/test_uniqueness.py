"""What is news in a sample, and walking forward through it: signals.md 7.5."""

import pytest

from pawang.learning.folds import walk_forward
from pawang.learning.uniqueness import Life, clusters, n_eff, uniqueness
from pawang.model.refs import DAY, HOUR, MINUTE


def life(opened: int, ended: int, cluster: str = "majors") -> Life:
    return Life(opened=opened, ended=ended, cluster=cluster)


def test_a_label_alone_is_all_news():
    assert uniqueness([life(0, 10)]) == [1.0]
    assert uniqueness([]) == []


def test_two_of_the_same_hour_are_half_each():
    assert uniqueness([life(0, 10), life(0, 10)]) == [0.5, 0.5]


def test_what_overlaps_for_half_of_its_life_keeps_three_quarters():
    assert uniqueness([life(0, 10), life(5, 15)]) == pytest.approx([0.75, 0.75])


def test_what_only_touches_does_not_overlap():
    assert uniqueness([life(0, 10), life(10, 20)]) == [1.0, 1.0]


def test_other_clusters_do_not_take_anything_away():
    assert uniqueness([life(0, 10, "majors"), life(0, 10, "gold")]) == [1.0, 1.0]


def test_the_order_of_labels_does_not_matter():
    lives = [life(0, 12), life(30, 40), life(5, 15), life(7, 8)]
    assert uniqueness(lives[::-1]) == uniqueness(lives)[::-1]


def test_four_coins_every_five_minutes_are_one_label_an_hour():
    hours = 24
    lives = [
        life(slot * 5 * MINUTE, slot * 5 * MINUTE + HOUR)
        for slot in range(hours * 12)
        for _ in ("BTC", "ETH", "SOL", "AVAX")
    ]
    # A day of slots and the hour in which the last of them ends: 25 h minus the two ramps.
    assert n_eff(lives) == pytest.approx(hours, rel=0.05)


def test_a_label_that_ends_before_it_opens_is_our_mistake():
    with pytest.raises(AssertionError, match="did not live"):
        uniqueness([life(5, 5)])


def test_coins_that_move_together_share_a_cluster_and_so_do_their_friends():
    known = {("BTC", "ETH"): 0.9, ("ETH", "SOL"): -0.6, ("BTC", "SOL"): 0.2}
    loose = {("GOLD", coin): 0.1 for coin in ("BTC", "ETH", "SOL")}
    assert clusters(("BTC", "ETH", "SOL", "GOLD"), known | loose) == {
        "BTC": "BTC",
        "ETH": "BTC",
        "SOL": "BTC",
        "GOLD": "GOLD",
    }


def test_a_pair_nobody_measured_is_not_taken_as_independent():
    assert clusters(("BTC", "NEW"), {}) == {"BTC": "BTC", "NEW": "BTC"}


HOURLY = [life(hour * HOUR, hour * HOUR + 70 * MINUTE) for hour in range(24 * 80)]


def test_folds_walk_a_week_at_a_time_after_sixty_days():
    folds = walk_forward(HOURLY)
    assert [(fold.ts_from // DAY, fold.ts_to // DAY) for fold in folds] == [
        (60, 67),
        (67, 74),
        (74, 81),
    ]
    assert [len(fold.test) for fold in folds] == [168, 168, 144]


def test_training_keeps_an_embargo_from_the_test_and_is_rolled():
    fold = walk_forward(HOURLY)[1]
    trained = [HOURLY[index] for index in fold.train]
    assert max(one.ended for one in trained) <= fold.ts_from - 2 * HOUR
    assert min(one.opened for one in trained) == 7 * DAY


def test_a_label_that_reaches_into_the_test_is_purged():
    long = life(59 * DAY, 61 * DAY)
    fold = walk_forward([*HOURLY, long])[0]
    assert len(HOURLY) not in fold.train
    assert len(HOURLY) not in fold.test


def test_no_label_is_tested_twice_and_none_is_trained_on_after_its_test():
    folds = walk_forward(HOURLY)
    tested = [index for fold in folds for index in fold.test]
    assert len(tested) == len(set(tested))
    for fold in folds:
        assert not set(fold.train) & set(fold.test)


def test_less_than_sixty_days_give_no_fold():
    assert walk_forward(HOURLY[: 24 * 60]) == ()
    assert walk_forward([]) == ()
