"""Models that are still to be taught, by names that say all of them."""

import re

import numpy as np
import pytest

from pellucid.graph import PellucidError
from pellucid.serve.refusals import refusal
from pellucid.tasks import make
from pellucid.tasks.lookup import TASKS
from pellucid.train import Training
from pellucid.train.fresh import fresh, offered
from pellucid.train.teaching import teaching


def test_every_task_is_offered_and_can_be_taught() -> None:
    *tasks, text = offered()
    assert [new["task"] for new in tasks] == [*TASKS]
    assert text["id"] == "new:text"
    for new in tasks:
        model = fresh(new["id"])
        settings = new["settings"]
        assert model.task is not None
        assert model.task["name"] == new["task"]
        assert model.config.settings()["n_layer"] == settings["layers"]
        assert (
            fresh(",".join([new["id"], *(f"{key}={value}" for key, value in settings.items())])).config == model.config
        )
        assert len(teaching(model)["taught"]["tokens"][0]) == model.context


def test_a_model_for_a_text_that_only_the_page_knows() -> None:
    model = fresh("new:text,letters=40,context=24,layers=1,heads=2,width=16")
    assert (model.graph.sizes["v"], model.context, model.task) == (40, 24, None)
    told = teaching(model)
    assert told["taught"] == {"tokens": [], "targets": []}
    assert told["checked"]["questions"] == 0
    assert len(told["folder"]["letters"]) == 40
    assert fresh("new:text").graph.sizes["v"] == 12


def test_a_new_model_has_the_weights_that_its_training_begins_with() -> None:
    model = fresh("new:reverse,length=4,layers=2,heads=2,width=16")
    training = Training(make("reverse", length=4), seed=0, config=model.config)
    assert model.graph.sizes["t"] == 7
    for name, weight in training.parameters.items():
        np.testing.assert_array_equal(model.parameters[name], weight)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("new:", "names no new model"),
        ("new:dance", "no task 'dance'"),
        ("new:names", "names no new model"),
        ("new:sort,", "names no new model"),
        ("new:sort,length", "names no new model"),
        ("new:sort,length=4,length=5", "names no new model"),
        ("new:sort," + "x" * 400 + "=1", "names no new model"),
        ("new:sort,digits=2", "has no digits"),
        ("new:sort,length=1", "from 2 to 64"),
        ("new:sort,length=-4", "must be a whole number"),
        ("new:sort,length=99999999999", "must be a whole number"),
        ("new:sort,alphabet=AA", "different visible characters"),
        ("new:sort,layers=0", "layers is 0: give a whole number from 1 on"),
        ("new:sort,layers=9", "9 blocks (layers) are too many"),
        ("new:sort,width=100000,heads=1", "100,000 channels are too many"),
        ("new:text,letters=0", "letters is 0: give a whole number from 1 on"),
        ("new:text,letters=513", "513 letters in the text are too many"),
        ("new:text,context=65", "65 letters read at once are too many"),
        ("new:text,width=33", "33 channels cannot be shared out among 2 heads"),
        ("new:text,file=diary", "names no new model"),
        ("new:sort,width=many", "width is 'many'"),
        ("new:sort,heads=5", "48 channels cannot be shared out among 5 heads"),
        ("new:sort,layers=8,width=192", "too large to be taught in a page"),
        (
            "new:sort,alphabet=" + "".join(map(chr, range(0x4E00, 0x4E00 + 70))),
            "70 letters in the alphabet are too many",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(name: str, said: str) -> None:
    with pytest.raises(PellucidError, match=re.escape(said)):
        fresh(name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("new:sort,layers=50", ["ブロック数 50", "8 ブロックまで"]),
        ("new:sort,width=300", ["チャンネル数 300", "192 チャンネルまで"]),
        ("new:sort,width=100000,heads=7", ["チャンネル数 100000", "192 チャンネルまで"]),
        ("new:sort,layers=8,width=192", ["パラメーター数が 35", "1000000 まで", "ブロック数かチャンネル数"]),
        ("new:sort,heads=5", ["48 チャンネル", "5 個のヘッド", "倍数"]),
        ("new:sort,layers=0", ["layers", "「0」", "1 以上"]),
        ("new:sort,length=1000", ["文字数 1000", "2 以上 64 以下"]),
        ("new:sort,length=-4", ["「length」", "使えない値"]),
        ("new:sort,alphabet=AA", ["「AA」", "重複なく 2 種類以上"]),
        ("new:sort,alphabet=" + "".join(map(chr, range(0x4E00, 0x4E00 + 70))), ["70 種類", "64 種類まで"]),
        ("new:brackets,alphabet=()y", ["「()y」", "かっこの組"]),
        ("new:brackets,length=7", ["文字数 7", "偶数"]),
        ("new:addition,digits=10", ["桁数 10", "1 以上 9 以下"]),
        ("new:modular,modulus=1", ["割る数 1", "2 以上"]),
        ("new:text,letters=513", ["513 種類", "512 種類まで"]),
        ("new:text,context=65", ["65 文字", "64 文字まで"]),
        ("new:text,width=33", ["33 チャンネル", "2 個のヘッド"]),
        ("new:text,file=diary", ["「new:text,file=diary」", "新しいモデルはありません"]),
        ("new:dance", ["「dance」", "sort"]),
        ("new:sort,digits=2", ["課題の指定", "設定"]),
    ],
)
def test_what_cannot_be_is_refused_in_japanese_with_its_cause_and_numbers(name: str, said: list[str]) -> None:
    with pytest.raises(PellucidError) as refused:
        fresh(name)
    found = refusal(refused.value, "ja")
    assert found.language == "ja"
    assert [each for each in said if each not in found.message] == [], found.message
    assert "{" not in found.message
