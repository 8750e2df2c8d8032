"""What a drawing says in words, in each language: its legend, and sentences for those who do not see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Language = str
Title = Callable[[str], str]
"""A reader's words for an English title of the graph."""


@dataclass(frozen=True)
class Words:
    """Sentences with `{}` for what is filled in; `uneven` says that colours are no ruler, `between` stands between two
    sentences, `listed` between the things of a list."""

    negative: str
    positive: str
    uneven: str
    shares: str
    not_computed: str
    masked: str
    untrained: str
    kinds: Mapping[str, str]
    listed: str
    between: str
    whole: str
    shown: str
    without_numbers: str
    of_part: str
    bright: str
    lit: str
    lit_numbers: str
    reads: str
    chosen: str
    off: str
    meaningless: str
    colours: str
    formula: str
    with_numbers: str
    terms_of_sum: str
    terms_of_maximum: str
    largest_first: str
    others: str
    steps: str
    given: str
    learned: str
    card: str
    patterns: str
    patterns_told: str
    schematic: str
    reads_from: str


DEFAULT_LANGUAGE = "en"

WORDS: dict[Language, Words] = {
    "en": Words(
        negative="negative",
        positive="positive, up to each box's largest",
        shares="0 or more, up to each box's largest",
        uneven="colours are not in proportion",
        not_computed="not computed",
        masked="−∞, masked",
        untrained="never judged in training",
        kinds={
            "input": "input",
            "weight": "weight",
            "activation": "activation",
            "statistic": "statistic (mean, sum or the like)",
            "gradient": "gradient",
        },
        listed=", ",
        between=" ",
        whole="The whole model",
        shown="Boxes of numbers, in the order of computing: {}.",
        without_numbers="Boxes, in the order of computing, without numbers: {}.",
        of_part="{} of {}",
        bright="Bright, while the rest recedes: {}.",
        lit="Marked: {}.",
        lit_numbers="Marked: {}, which holds {}.",
        reads="It was computed from {}.",
        chosen="Selected: {} = {}.",
        off="Crossed out, because switched off: {}.",
        meaningless="Hatched, because training never judged it, so that it means nothing: {}.",
        colours="Blue is negative, orange is positive, and the stronger the colour, the larger the number, though not "
        "in proportion.",
        formula="Formula",
        with_numbers="With its numbers",
        terms_of_sum="{} terms, added up",
        terms_of_maximum="The largest of {}",
        largest_first=" (the largest ones)",
        others="{} others together",
        steps="Step by step",
        given="It was given.",
        learned="It was learned in training.",
        card="{} = {}. Step by step: {}.",
        patterns="Attention patterns",
        patterns_told="{}: each row is a position that looks, each column one that is looked at; the stronger the "
        "colour, the larger the share.",
        schematic="{}, from what it reads to what it gives",
        reads_from="{} is made of {} ({}).",
    ),
    "ja": Words(
        negative="負",
        positive="正（箱の中の最大値で最も濃い）",
        shares="0 以上（箱の中の最大値で最も濃い）",
        uneven="色の濃さは値に比例しない",
        not_computed="未計算",
        masked="−∞（マスク）",
        untrained="学習で正解と比べていない",
        kinds={
            "input": "入力",
            "weight": "重み",
            "activation": "活性化値",
            "statistic": "統計量（平均、和など）",
            "gradient": "勾配",
        },
        listed="、",
        between="",
        whole="モデル全体",
        shown="数値の並んだ箱（計算の順）：{}。",
        without_numbers="箱（計算の順、数値なし）：{}。",
        of_part="{1} の{0}",
        bright="明るく示されているもの：{}。ほかは薄く描かれています。",
        lit="印のついた部分：{}。",
        lit_numbers="印のついた部分：{}（値は {}）。",
        reads="これは次のものから計算されています：{}。",
        chosen="選択中のセル：{} = {}。",
        off="止めてあるため、×印がついた部分：{}。",
        meaningless="学習で正解と比べたことがなく、意味をもたないため、斜線がついた部分：{}。",
        colours="青は負、オレンジは正で、色が濃いほど絶対値が大きいことを表します（濃さは値に比例しません）。",
        formula="数式",
        with_numbers="数値を入れると",
        terms_of_sum="{} 個の項の和",
        terms_of_maximum="{} 個のうちの最大値",
        largest_first="（大きいもの）",
        others="ほかの {} 個の合計",
        steps="計算の手順",
        given="与えられた値です。",
        learned="学習で得られた値です。",
        card="{} = {}。計算の手順：{}。",
        patterns="注意の重み",
        patterns_told="{}：行は見る側の位置、列は見られる側の位置です。色が濃いほど割合が大きいことを表します。",
        schematic="{}の構成（入力から出力まで）",
        reads_from="{}は{}から作られます（{}）。",
    ),
}
