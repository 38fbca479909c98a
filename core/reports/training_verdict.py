"""The verdict on a training: whether its map can be used here and elsewhere, and whether a simple method would do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..learning.training_results import HERE, MAP, TrainingResults, ValidationResult, fold_rows, overall
from ..targets.class_target import confusion
from ..targets.share_target import MEAN
from .differences import highest_model
from .expected_errors import AWAY, away_of, far_map, inside_of, no_farther, no_new_region
from .page.verdict import CARE, NO, UNTOLD, YES, Answer, Verdict
from .worth import GRADES_RULE, SCALE_RULE, Worth, bounds_text

TIMES = ("years", "spacetime")
PLACE_QUESTION = "Can I use it in a new region?"
AWAY_QUESTIONS = {"years": "Can I use it in a new year?", "spacetime": "Can I use it for events to come?"}
WEAK = 0.1  # R2 of a share that is hardly told
CONFUSED, FEWEST_CONFUSED = 0.35, 10  # part of a class that is taken for one other, and of so many samples
FEWEST_IN_PART = 10  # samples of a fold or region that may be called weak
SHOWN_PARTS = 2
RULES = (
    SCALE_RULE,
    f"{GRADES_RULE} With care, too: where the map's cells lie much farther from samples than folds could test, where "
    "folds test among samples only, and where the audit of the samples found a problem.",
    "Better than the simple method: yes, if the whole 90 % interval of the difference to the best baseline lies above "
    "0; no, if the difference is 0 or below; with care between.",
)


def verdict_of(results: TrainingResults, warnings: Sequence[str] = ()) -> Verdict:
    """The verdict on a run; `warnings` are sentences that belong to what to do next."""
    inside = inside_of(results)
    here, away, better = _here(results, inside), _away(results, inside), _better(results, inside)
    return Verdict((here, away, better), list(_next_steps(results, inside, (here, away, better), warnings)), RULES)


def _here(results: TrainingResults, inside: ValidationResult) -> Answer:
    question = "Can I use this map here?"
    if inside.kind in AWAY:
        return Answer(question, UNTOLD, f"Only folds of new regions ('{inside.kind}') were tested.")
    worth = worth_of(results, inside, MAP if results.tells_map(inside) else "")
    if worth is None:
        return Answer(question, UNTOLD, "Nothing was tested.")
    doubts = list(far_map(results, inside))
    if inside.kind not in (*HERE, *TIMES):
        doubts.append(f"'{inside.kind}' folds test among samples, not where the map has none: it may be worse there.")
    problems = results.audit.problems()
    if problems:
        listing = ", ".join(dict.fromkeys(finding.check for finding in problems))
        doubts.append(f"The audit of the samples found {listing}.")
    return Answer(question, worth.grade(doubted=bool(doubts)), " ".join([worth.text, *doubts]), worth.number)


def _away(results: TrainingResults, inside: ValidationResult) -> Answer:
    away = away_of(results, inside)
    later = next((v for v in (*results.validations, *results.comparison) if v.kind in TIMES), None)
    chosen = away or (inside if inside.kind in AWAY else later)
    if chosen is None:
        remedy = (
            "Validation = regions (with a region field) or regional experts test it." if results.samples.placed else ""
        )
        return Answer(PLACE_QUESTION, UNTOLD, f"No folds were as far from training samples as a new region. {remedy}")
    question = AWAY_QUESTIONS.get(chosen.kind, PLACE_QUESTION)
    if away is not None and no_farther(away, inside, results.map_distance):
        return Answer(question, UNTOLD, no_new_region(results, away))
    worth = worth_of(results, chosen)
    if worth is None:
        return Answer(question, UNTOLD, "Nothing was tested there.")
    extra = ""
    if worth.grade() == NO and chosen.kind not in TIMES:
        extra = " Add samples from there first."
    elif worth.unsure:
        extra = f" Only {chosen.units} {chosen.unit_name} were tested: it may be worth nothing there."
    return Answer(question, worth.grade(), worth.text + extra, worth.number)


def _better(results: TrainingResults, inside: ValidationResult) -> Answer:
    question, target_type = "Is it better than a simple method?", results.target_type
    scores = {name: results.score_of(inside, name) for name in inside.baselines}
    known = {name: score for name, score in scores.items() if score is not None}
    own = results.score_of(inside)
    if not known or own is None:
        return Answer(question, UNTOLD, "No simple method was tested on the same samples.")
    best = max(known, key=lambda name: known[name])
    told = f"The best simple method ({best}) reads {target_type.score_name} {known[best]:.3f}, the model {own:.3f}"
    difference = results.difference(inside, best)
    if difference is None:
        return Answer(question, UNTOLD, f"{told}; they cannot be compared.")
    found = difference.turned
    number = f"difference of {target_type.score_name} {found.value:+.3f}{bounds_text(found.low, found.high)}"
    if found.verdict == "worse":
        return Answer(question, NO, f"{told}. Use the simple method, or give the model more to learn from.", number)
    if found.value <= 0:
        return Answer(question, NO, f"{told}: it is no better, though chance may have made the difference.", number)
    if found.verdict == "better":
        return Answer(question, YES, f"{told}.", number)
    chance = "chance may have made the difference" if found.low is not None else "too few units tell the difference"
    return Answer(question, CARE, f"{told}, but {chance}.", number)


def worth_of(results: TrainingResults, validation: ValidationResult, model: str = "") -> Worth | None:
    """What the score of a validation is worth; None if it is not defined."""
    row, kind = results.mean_row(validation, model), results.target_type.kind
    score, error = row[results.target_type.score], row[results.target_type.error]
    if score is None:
        return None
    if kind == "classes":
        return _worth_of_classes(results, validation, model)
    number = f"{results.target_type.score_name} {score:.3f}{bounds_text(row['low'], row['high'])}"
    if kind == "events":
        text = (
            f"Of a place with an event and one without, the first is told the higher probability {100 * score:.0f} "
            "times of 100 (50 by chance)."
        )
        return Worth.of_auc(score, row["low"], number, text)
    explained = f"explains {100 * score:.0f} % of the differences between places" if score > 0 else (
        "tells the differences between places no better than one mean for all"
    )  # fmt: skip
    text = (
        f"It {explained}. A share is off by {100 * error:.1f} percentage points in the usual case (RMSE {error:.3f})."
    )
    return Worth(score, row["low"], number, text)


def _worth_of_classes(results: TrainingResults, validation: ValidationResult, model: str) -> Worth:
    """What the accuracy is worth beyond always naming the most frequent class."""
    row = results.mean_row(validation, model)
    frequent = float(results.samples.shares[validation.tested].mean(0).max())
    accuracy, low = row["accuracy"], row.get("accuracy_low")
    number = f"accuracy {accuracy:.3f}{bounds_text(low, row.get('accuracy_high'))}"
    text = (
        f"Of 100 places, {100 * accuracy:.0f} get the right class; always naming the most frequent one would get "
        f"{100 * frequent:.0f}. Macro F1 {row['f1']:.3f}."
    )
    return Worth.of_accuracy(accuracy, low, frequent, number, text)


def _next_steps(
    results: TrainingResults, inside: ValidationResult, answers: Sequence[Answer], warnings: Sequence[str]
) -> Iterable[str]:
    """Yield what to do next, the weightiest first."""
    here, away, better = answers
    problems = results.audit.problems()
    if problems:
        yield f"Mend the samples first: {problems[0].text}"
    yield from _another_model(results, inside)
    if better.grade == NO:
        yield "A simple method does as well here: more samples, more bands or another Model type may change it."
    yield from _weak_parts(results)
    yield from {"classes": _confused_classes, "shares": _weak_shares}.get(results.target_type.kind, _none)(
        results, inside
    )
    if here.grade != YES and results.samples.placed:
        yield "Add samples where the map is least like them ('Map applicability', 'Propose samples')."
    if away.grade == UNTOLD and results.samples.placed and away_of(results, inside) is None:
        yield "If the map is meant for other regions or years, test that first: see Validation."
    yield from warnings
    if here.grade == better.grade == YES:
        yield "Map with it. 'Map applicability' shows where these scores hold."


def _another_model(results: TrainingResults, inside: ValidationResult) -> Iterable[str]:
    """Yield the model that did better than the chosen one on the same samples, beyond chance."""
    best = highest_model(results, inside)
    if best is not None and best[1].verdict == "better":
        scores = "{:.3f} against {:.3f}".format(*(results.score_of(inside, name) for name in (best[0], "")))
        yield (
            f"Train again with Model type = {best[0]}: it did better on the same samples "
            f"({results.target_type.score_name} {scores})."
        )


def _none(results: TrainingResults, validation: ValidationResult) -> Iterable[str]:
    return ()


def _weak_parts(results: TrainingResults) -> Iterable[str]:
    """Yield the regions, or blocks, that are told worst, where their scores differ much."""
    score = results.target_type.score
    for validation in (*results.validations, *results.comparison):
        if validation.kind not in (*AWAY, "blocks", "within"):
            continue
        rows = [
            row
            for row in fold_rows(results, validation)
            if row["component"] == MEAN and row[score] is not None and row["n"] >= FEWEST_IN_PART
        ]
        overall_score = results.score_of(validation)
        if len(rows) < SHOWN_PARTS + 1 or overall_score is None:
            continue
        worst = [row for row in sorted(rows, key=lambda row: row[score]) if row[score] < overall_score - WEAK]
        if worst:
            listing = ", ".join(f"{row['part']} ({results.target_type.score_name} {row[score]:.2f})"
                                for row in worst[:SHOWN_PARTS])  # fmt: skip
            yield f"It is weakest in {listing}: more samples there help most."
        return


def _confused_classes(results: TrainingResults, validation: ValidationResult) -> Iterable[str]:
    """Yield the pair of classes that is told apart worst."""
    truth = results.samples.shares[validation.tested].argmax(1)
    taken = validation.answers.shares[validation.tested].argmax(1)
    names = results.samples.components
    table = confusion(truth, taken, len(names)).astype(float)
    support = table.sum(1)
    part = table / np.maximum(support, 1)[:, None]
    part[support < FEWEST_CONFUSED] = 0
    np.fill_diagonal(part, 0)
    first, second = np.unravel_index(int(part.argmax()), part.shape)
    if part[first, second] >= CONFUSED:
        yield (
            f"'{names[first]}' is taken for '{names[second]}' {100 * part[first, second]:.0f} times of 100: more "
            "samples of both, images of more dates, or one class for both."
        )


def _weak_shares(results: TrainingResults, validation: ValidationResult) -> Iterable[str]:
    """Yield the share that is told worst, and with which other it is mixed up."""
    names = results.samples.components
    rows = {
        row["component"]: row["r2"]
        for row in overall(results, validation)
        if row["model"] == validation.chosen and row["component"] in names and row["r2"] is not None
    }
    weak = min(rows, key=lambda name: rows[name], default="")
    if not weak or rows[weak] >= WEAK or len(names) < SHOWN_PARTS + 1:
        return
    tested = validation.tested
    residual = validation.answers.shares[tested] - results.samples.shares[tested]
    own = residual[:, names.index(weak)]
    together = {
        name: float((own * residual[:, i]).mean()) for i, name in enumerate(names) if name != weak
    }  # below 0 what one has too much of the other lacks
    other = min(together, key=lambda name: together[name])
    yield (
        f"'{weak}' is hardly told (R² {rows[weak]:.2f}) and mostly mixed up with '{other}': more samples with much of "
        "it, or one share for both."
    )
