"""What an article says of its own, in each language, and the reader's words for the titles of tensors and parts.

A lesson in another language is wrapped in English words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Words:
    """Sentences with names in braces for what is filled in."""

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
    as_before: str
    moving: str
    exercise: str
    hint: str
    answer: str
    find_it: str
    try_exercise: str
    glossary: str
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
    measures: Mapping[str, str]
    made: str
    titles: Mapping[str, str] = field(default_factory=dict)

    def measure(self, name: str, title: str) -> str:
        """The reader's words for a size that people compare models by; its own title where there are none."""
        return self.measures.get(name, title)

    def graph_title(self, title: str) -> str:
        """The reader's words for an English title of the graph; a number in it, as in "block 2", is kept."""
        found = NUMBER.search(title)
        if found and title not in self.titles:
            pattern = title.replace(found[0], "#", 1)
            return self.titles.get(pattern, pattern).replace("#", found[0])
        return self.titles.get(title, title)


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
        lead="Every number in this article was computed by {model}, a GPT of {parameters} parameters, "
        "from <b>{prompt}</b>.",
        minutes="About {minutes} minutes to read",
        languages="Languages",
        interactive="Open the interactive tour",
        contents="Contents",
        previous="Chapter before",
        next="Next chapter",
        whole="The whole tour",
        anchor="Link to this step",
        unfit="This chapter cannot be shown for this model: {reason}",
        step="Step {number}",
        as_before="The picture is that of <a href='#{anchor}'>an earlier step</a>, “{title}”.",
        moving="See it move",
        exercise="Your turn",
        hint="A hint",
        answer="The answer",
        find_it="Nothing can be clicked in this article: point at it in the picture above.",
        try_exercise="Answer by clicking on the model",
        glossary="Glossary",
        see="To be seen in: {places}",
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
        descent="One step of descent for {letters}: new weight = weight − rate × gradient, "
        "with rate {rate} and gradient {gradient}",
        before_step="before",
        after_step="after",
        loss="loss",
        weight="weight",
        probability="probability of {letter}",
        training="This model was trained in {steps} steps. The interactive tour trains one anew while you watch.",
        gelu="GELU takes {before} to {after}",
        towers="The sizes of some models",
        squares="Each area stands for the number of parameters, at one scale for all",
        too_small="too small to be seen: {models}",
        model="model",
        measures={"layers": "blocks"},
        made="Made with Pellucid.",
    ),
    "ja": Words(
        name="日本語",
        title="GPT の仕組みを、数値ひとつずつ",
        skip="本文へ移動",
        letters="モデルに読ませる文字",
        tokens="モデルに読ませるトークン（コンマ区切り）",
        show="表示",
        format="{alphabet} からなる {length} 文字",
        lead="この記事の数値はすべて、パラメーター数 {parameters} の GPT「{model}」が "
        "<b>{prompt}</b> を読んで計算したものです。",
        minutes="読むのにかかる時間：約 {minutes} 分",
        languages="言語",
        interactive="動くツアーを開く",
        contents="目次",
        previous="前の章",
        next="次の章",
        whole="ツアー全体",
        anchor="このステップへのリンク",
        unfit="このモデルでは、この章を表示できません：{reason}",
        step="ステップ {number}",
        as_before="図は<a href='#{anchor}'>前のステップ</a>「{title}」と同じです。",
        moving="動きを見る",
        exercise="試してみましょう",
        hint="ヒント",
        answer="答え",
        find_it="この記事ではクリックできません。上の図で、その場所を指してみてください。",
        try_exercise="モデルをクリックして答える",
        glossary="用語集",
        see="見られる場所：{places}",
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
        heads="ヘッドをひとつ止めたときの正解数（全 {total} 問。すべてのヘッドを使うと {correct} 問）",
        head="ヘッド {number}",
        descent="{letters} での勾配降下の 1 ステップ：新しい重み = 重み − 学習率 × 勾配"
        "（学習率 {rate}、勾配 {gradient}）",
        before_step="更新前",
        after_step="更新後",
        loss="損失",
        weight="重み",
        probability="{letter} の確率",
        training="このモデルは {steps} ステップで学習しました。動くツアーでは、学習のようすをはじめから見られます。",
        gelu="GELU は {before} を {after} にします",
        towers="いくつかのモデルの大きさ",
        squares="面積がパラメーターの数を表します（縮尺はすべて同じ）",
        too_small="小さすぎて見えないもの：{models}",
        model="モデル",
        measures={
            "layers": "ブロック",
            "heads": "ヘッド",
            "channels": "チャネル",
            "context": "文脈長",
            "parameters": "パラメーター数",
        },
        made="Pellucid で作成。",
        titles={
            "embedding": "埋め込み",
            "block #": "ブロック #",
            "layer norm": "層正規化",
            "self-attention": "自己注意",
            "MLP": "MLP 層",
            "final layer norm": "最後の層正規化",
            "output": "出力",
            "loss": "損失",
            "tokens": "トークン",
            "positions": "位置",
            "token embedding matrix": "トークン埋め込み行列",
            "position embedding matrix": "位置埋め込み行列",
            "token embeddings": "トークン埋め込み",
            "position embeddings": "位置埋め込み",
            "residual stream": "残差ストリーム",
            "residual stream after attention": "残差ストリーム（自己注意の後）",
            "residual stream after the block": "残差ストリーム（ブロックの後）",
            "scale": "スケール",
            "shift": "シフト",
            "mean": "平均",
            "standard deviation": "標準偏差",
            "normalised": "正規化後の値",
            "queries": "クエリ",
            "keys": "キー",
            "values": "バリュー",
            "query weights": "クエリの重み",
            "key weights": "キーの重み",
            "value weights": "バリューの重み",
            "query bias": "クエリのバイアス",
            "key bias": "キーのバイアス",
            "value bias": "バリューのバイアス",
            "scaled dot products": "スケール済み内積",
            "attention scores": "注意スコア",
            "attention pattern": "注意パターン",
            "row maximum": "行の最大値",
            "sum of exponentials": "累乗の和",
            "gathered values": "集めたバリュー",
            "projection weights": "射影の重み",
            "projection bias": "射影のバイアス",
            "attention output": "自己注意の出力",
            "expansion weights": "拡大層の重み",
            "expansion bias": "拡大層のバイアス",
            "contraction weights": "縮小層の重み",
            "contraction bias": "縮小層のバイアス",
            "MLP before GELU": "GELU の前の値",
            "MLP after GELU": "GELU の後の値",
            "MLP output": "MLP の出力",
            "unembedding matrix": "逆埋め込み行列",
            "logits": "ロジット",
            "probabilities": "確率",
            "right answers": "正解",
        },
    ),
}
"""`titles` are those of the page (web/src/words/ja.ts); a test holds the two together."""


def words_in(language: str) -> Words:
    return WORDS.get(language, WORDS[DEFAULT])
