"""What a person reads instead of a page, in the language that was asked for.

English is the language of the errors themselves. Here stand the sentences that speak of the reading view's own address
and of the way in; those that hold everywhere are in words/.
"""

from collections.abc import Mapping
from dataclasses import dataclass

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
        "no-such-page": "このアドレスには何もありません。ページは / にあります。",
        "page-not-built": "ページがまだ作られていません。リポジトリで `make run` を実行してください。",
        "no-token": "このサーバーを開くにはトークンが必要です。端末で `pellucid` が表示したアドレスを開くか、"
        "ここにトークンを入力してください。",
        "wrong-token": "このトークンはこのサーバーのものではないか、リンクがすでに使われています。端末で `pellucid` が"
        "表示したアドレスを開くか、ここにトークンを入力してください。",
        "foreign-host": "このサーバーは 127.0.0.1 にあります。端末で `pellucid` が表示したアドレスを開いてください。",
        "foreign-origin": "ほかのウェブサイトからこのサーバーは使えません。このサーバーのページを開いてください。",
        "method-not-allowed": "このアドレスは GET で開いてください。",
        "unknown-language": "この言語の文章はありません。",
        "stale-run": "この計算のあとでモデルの重みが変わりました。計算し直してください。",
        "file-changed": "モデルを開いたあとでファイルが変更され、"
        "この部分はまだ読まれていませんでした。"
        "モデルを読み直してください。",
        "bad-request": "サーバーが解釈できない要求です。GET でアドレスを開いてください。",
        "no-websocket": "このサーバーは WebSocket に対応していません。GET でアドレスを開いてください。",
        "bad-cell": "セルの指定を読み取れません。blocks.0.attn.q[2,3,7] のように書いてください。",
        "bad-index": "セルの指定がテンソルの軸に合っていません。軸とその範囲を確かめてください。",
        "busy": "サーバーがいま計算で手いっぱいです。しばらくしてから開き直してください。",
        "too-slow": "計算に時間がかかりすぎるため、サーバーが中止しました。しばらくしてから開き直してください。",
    },
}
"""Filled in with the error's details."""


@dataclass(frozen=True)
class Said:
    """What a person reads, and the language that it is in."""

    message: str
    language: str


def refusal(error: PellucidError, language: str) -> Said:
    """The error's sentence in that language if there is one, otherwise in English."""
    sentence = REFUSALS.get(language, {}).get(error.code) or words_in(language).errors.get(error.code)
    return Said(sentence.format(**error.details), language) if sentence else Said(error.message, "en")
