"""What the reading view answers instead of an article, in the language that was asked for.

English is the language of the errors themselves. Here stand the sentences that speak of the reading view's own address;
those that hold everywhere are in words/.
"""

from collections.abc import Mapping
from typing import Any

from pellucid.graph import PellucidError
from pellucid.words import words_in

REFUSALS: Mapping[str, Mapping[str, str]] = {
    "ja": {
        "unknown-model": "「{model}」というモデルはここにありません。アドレスの model= を直すか、取り除いてください。",
        "no-weights": "{model} は大きさしかわからず、重みがありません。重みのあるモデルを選んでください。",
        "unfit-chapter": "この章は {model} にないものを扱っています。モデルを自由に見るか、別の章を選んでください。",
        "unknown-chapter": "「{chapter}」という章はありません。目次から章を選んでください。",
        "empty-prompt": "モデルに読ませる文字がありません。1 文字以上入力してください。",
        "wrong-length": "{length} 文字ではこのモデルの問題になりません。ちょうど {expected} 文字を入力してください。",
        "no-vocabulary": "このモデルには文字がありません。tokens=2,1,0 のように、トークン番号で指定してください。",
        "bad-prompt": "読ませる文字は text= か tokens= のどちらか一方で指定してください。",
        "bad-number": "{name} には整数を 2,1,0 のようにコンマで区切って指定してください。",
        "unknown-parameter": "このアドレスに「{name}」は指定できません。指定できるのは model、text、tokens です。",
        "repeated-parameter": "「{name}」が 2 回以上あります。1 回だけ指定してください。",
        "busy": "サーバーがいま計算で手いっぱいです。しばらくしてから開き直してください。",
        "too-slow": "計算に時間がかかりすぎるため、サーバーが中止しました。しばらくしてから開き直してください。",
    },
}
"""Filled in with the error's details."""


def refusal(error: PellucidError, language: str) -> PellucidError:
    """The same error, its sentence in that language if there is one."""
    sentence = REFUSALS.get(language, {}).get(error.code) or words_in(language).errors.get(error.code)
    details: dict[str, Any] = dict(error.details)
    return PellucidError(error.code, sentence.format(**details), **details) if sentence else error
