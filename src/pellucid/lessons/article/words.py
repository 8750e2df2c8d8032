"""What an article says of its own, in each language.

A lesson in another language is wrapped in English words.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pellucid import words


@dataclass(frozen=True)
class Words:
    """Sentences with names in braces for what is filled in; `graph` has the words for titles of tensors and parts."""

    name: str
    title: str
    skip: str
    letters: str
    tokens: str
    show: str
    format: str
    lead: str
    minutes: str
    languages: str
    interactive: str
    contents: str
    previous: str
    next: str
    whole: str
    anchor: str
    unfit: str
    step: str
    instead: str
    in_python: str
    moving: str
    figure: str
    see_figure: str
    exercise: str
    to_answer: str
    answers: str
    answer: str
    try_exercise: str
    glossary: str
    references: str
    see: str
    listed: str
    try_widget: str
    after: str
    letter: str
    value: str
    power: str
    share: str
    sum: str
    sampling: str
    at_temperature: str
    after_cut: str
    softmax: str
    heads: str
    head: str
    ablations: str
    still_right: str
    first_broken: str
    descent: str
    before_step: str
    after_step: str
    loss: str
    weight: str
    probability: str
    training: str
    gelu: str
    towers: str
    squares: str
    too_small: str
    model: str
    made: str
    graph: words.Words


DEFAULT = "en"

WORDS: Mapping[str, Words] = {
    "en": Words(
        name="English",
        title="How a GPT works, number by number",
        skip="Skip to the article",
        letters="Letters for the model to read",
        tokens="Tokens for the model to read, with commas between",
        show="Show",
        format="{length} letters out of {alphabet}",
        lead="Unless the text says otherwise, the numbers in this article were computed by {model}, a GPT with "
        "{parameters} weights, from <b>{prompt}</b>.",
        minutes="About {minutes} minutes to read",
        languages="Languages",
        interactive="Open the interactive tour",
        contents="Contents",
        previous="Chapter before",
        next="Next chapter",
        whole="The whole tour",
        anchor="Link to this step",
        unfit="This chapter speaks of what this model does not have, so it cannot be shown for it.",
        step="Step {number}",
        instead=" (here the model reads {letters}, the first input that this change breaks)",
        in_python="The same in Python",
        moving="See it move",
        figure="Figure {number}",
        see_figure="For the numbers, see {figure}.",
        exercise="Question {number}",
        to_answer="The answers to all questions of a chapter are at its end.",
        answers="Answers",
        answer="The answer",
        try_exercise="Answer by clicking on the model",
        glossary="Glossary",
        references="References",
        see="In the chapters: {places}",
        listed=", ",
        try_widget="Try it yourself",
        after="After {letters}",
        letter="letter",
        value="value",
        power="power of e",
        share="share",
        sum="together",
        sampling="What may come after {letters}, with its probability",
        at_temperature="temperature {temperature}",
        after_cut="and then {cuts}",
        softmax="From values to shares: each value less the largest, raised as a power of e, divided by the sum",
        heads="Questions answered rightly, of {total}, with one head switched off (with all heads on: {correct})",
        head="head {number}",
        ablations="How many inputs are still answered rightly without one part, of {total} "
        "(with all parts on: {correct}), and the first in alphabetical order that no longer is",
        still_right="still right",
        first_broken="first broken",
        descent="One step of descent for {letters}: new weight = weight − rate × gradient, "
        "with rate {rate} and gradient {gradient}",
        before_step="before",
        after_step="after",
        loss="loss",
        weight="weight",
        probability="probability of {letter}",
        training="This model was trained in {steps} steps.",
        gelu="GELU takes {before} to {after}",
        towers="The sizes of some models",
        squares="Each area stands for the number of parameters, at one scale for all",
        too_small=" (too small to be seen: {models})",
        model="model",
        made="Made with Pellucid.",
        graph=words.words_in("en"),
    ),
    "ja": Words(
        name="日本語",
        title="GPT の仕組みを、数値ひとつずつ",
        skip="本文へ移動",
        letters="モデルに読ませる文字",
        tokens="モデルに読ませるトークン（コンマ区切り）",
        show="表示",
        format="{alphabet} からなる {length} 文字",
        lead="図や文章の数値は、特に断らないかぎり、重みが {parameters} 個の GPT「{model}」が "
        "<b>{prompt}</b> を読んで計算したものです。",
        minutes="読むのにかかる時間：約 {minutes} 分",
        languages="言語",
        interactive="動くツアーを開く",
        contents="目次",
        previous="前の章",
        next="次の章",
        whole="ツアー全体",
        anchor="このステップへのリンク",
        unfit="この章はこのモデルにないものを扱っているため、表示できません。",
        step="ステップ {number}",
        instead="（ここで読んでいるのは {letters}。部品を止めると答えを間違える、最初の入力です）",
        in_python="同じ計算を Python で",
        moving="動きを見る",
        figure="図 {number}",
        see_figure="数値は{figure}にあります。",
        exercise="問 {number}",
        to_answer="問の答えは、どの章でも章の終わりにあります。",
        answers="答え",
        answer="答え",
        try_exercise="モデルをクリックして答える",
        glossary="用語集",
        references="参考文献",
        see="出てくる章：{places}",
        listed="、",
        try_widget="自分で試す",
        after="{letters} の次",
        letter="文字",
        value="値",
        power="e の累乗",
        share="割合",
        sum="合計",
        sampling="{letters} の次に来る文字と、その確率",
        at_temperature="温度 {temperature}",
        after_cut="さらに {cuts}",
        softmax="値から割合へ：最大値を引き、e の累乗にして、合計で割ります",
        heads="ヘッドを 1 つ止めたときの正解数（全 {total} 問。すべてのヘッドを使うと {correct} 問）",
        head="ヘッド {number}",
        ablations="部品を 1 つ止めたときの正解数（全 {total} 問。すべて動かすと {correct} 問）と、"
        "アルファベット順に試して最初に間違えた問題",
        still_right="正解数",
        first_broken="最初に間違えた問題",
        descent="{letters} での勾配降下の 1 ステップ。すべての重みを一度に動かす："
        "新しい重み = 重み − 学習率 × 勾配（学習率 {rate}、この重みの勾配 {gradient}）",
        before_step="更新前",
        after_step="更新後",
        loss="損失",
        weight="重み",
        probability="{letter} の確率",
        training="このモデルは {steps} ステップで学習しました。",
        gelu="{before} を GELU に通すと {after} になります",
        towers="いくつかのモデルの大きさ",
        squares="面積がパラメーターの数を表します（縮尺はすべて同じ）",
        too_small="（小さすぎて見えないもの：{models}）",
        model="モデル",
        made="Pellucid で作成。",
        graph=words.words_in("ja"),
    ),
}


def words_in(language: str) -> Words:
    return WORDS.get(language, WORDS[DEFAULT])
