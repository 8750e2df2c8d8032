/**
 * The page in Japanese: every sentence of en.ts. The graph's own words, and errors that Python says as well, stand in
 * src/pellucid/words/ja.json. Technical terms are those of Japanese textbooks on deep learning.
 */
import type { Messages } from './en'
import { tour } from './tour/ja'

export { default as shared } from '../../../src/pellucid/words/ja.json'
export { ja as messages }

export const ja: Messages = {
  locale: 'ja',
  betweenSentences: '',

  page: {
    title: (name) => `${name} · Pellucid`,
    reader: '本文',
    stage: 'モデルの 3D 表示',
    inspector: '計算の内訳',
    skip: '本文へ移動',
    loading: 'モデルを読み込んでいます…',
    loadingModel: (name, parameters) => `${name}（パラメーター ${parameters} 個）の構成を読み込んでいます…`,
    theme: { light: '配色：ライト', dark: '配色：ダーク', auto: '配色：システムに合わせる' },
    language: (name) => `言語：${name}`,
    keys: 'キー操作',
    close: '閉じる',
    unknownEntry: (name, others) =>
      `アドレスの「${name}」${others === 0 ? '' : `など ${others + 1} 項目`}は、このページでは意味を持ちません。`,
  },

  intro: {
    heading: {
      sort: '文字を並べ替える GPT の中へ',
      other: 'GPT の中を、数値ひとつずつ',
    },
    trained: (name, parameters) =>
      `これは ${name}、Pellucid で例から学習した、パラメーター数 ${parameters} の GPT です。`,
    loaded: (name, parameters) => `これは ${name}、パラメーター数 ${parameters} の GPT です。`,
    fresh: (name, parameters) =>
      `これは ${name}、パラメーター数 ${parameters} の GPT です。まだ何も学習しておらず、重みは乱数です。`,
    unchanged: (sentence) => `変更しなければ、${sentence}`,
    accuracy: (correct, total, heldoutCorrect, heldoutTotal) =>
      `${total} 通りの入力のうち ${correct} 通りに正しく答え、学習で見ていない ${heldoutTotal} 通りでも ${heldoutCorrect} 通りが正解です。`,
    loss: (heldout, pairs) =>
      `学習で見ていない文字列での損失は 1 文字あたり ${heldout} です（2 文字の並びを数えるだけの予測では ${pairs}）。`,
    real: 'どのセルも、このモデルが実際に計算した数値です。クリックすると計算の内訳が開きます。',
    realTouch: 'どのセルも、このモデルが実際に計算した数値です。タップすると計算の内訳が開きます。',
    large: 'まるごと受け取るには大きすぎるモデルです。3D 表示には形が映り、テンソルを選ぶと、その数値が表示されます。',
    sizes: (blocks, heads, channels, context) =>
      `${blocks} 個のブロックにそれぞれ ${heads} 個のヘッドがあり、次元数は ${channels}、一度に読めるのは ${context} トークンまでです。`,
    unloaded: '重みが読み込まれていないため、形だけを実際の比率で描き、数値は表示しません。',
  },

  tokens: {
    heading: (length) => `${length} 文字の入力`,
    headingIn: { letters: '文字の入力', text: '文章の入力', numbers: 'トークン番号の入力' },
    field: (length, alphabet) => `入力：${alphabet} からなる ${length} 文字`,
    fieldIn: {
      letters: '入力する文字',
      text: '入力する文章',
      numbers: '入力：コンマか空白で区切ったトークン番号',
    },
    example: { letters: '', text: '文章', numbers: '4, 5, 6' },
    shuffle: '別の文字列',
    slow: '計算しています… 表示中の数値は、ひとつ前の結果です。',
    number: (piece, token, position) => `位置 ${position} の ${piece}、トークン番号 ${token}`,
    bareNumber: (token, position) => `位置 ${position}、トークン番号 ${token}`,
    caption: {
      letters: () => 'モデルにとって、文字は番号です。',
      text: () => '文章はトークナイザーで区切られます。モデルにとって、区切られたひとつひとつは番号です。',
      numbers: (last) => `このモデルにはトークナイザーがないため、0 から ${last} までのトークン番号で入力します。`,
    },
  },

  generation: {
    heading: '答えを 1 トークンずつ生成します',
    next: '次のトークン',
    back: '1 トークン戻る',
    reset: '最初から',
    play: '続けて再生',
    pause: '一時停止',
    slot: (position, piece, percent) => `答えの ${position} 番目：${piece}、${percent}`,
    emptySlot: (position) => `答えの ${position} 番目：まだ生成していません`,
    coming: (position) => `答えの ${position} 番目として、モデルが予測するトークン`,
    chosen: (position) => `答えの ${position} 番目が選ばれたときの確率`,
    done: (answer) => `完了です。答えは ${answer} です。`,
    ordered: { sort: (prompt) => `${prompt} を並べ替えた`, reverse: (prompt) => `${prompt} を逆の順にした` },
    right: (ordered, answer) => `完了です。${ordered}結果は ${answer} です。`,
    wrong: (ordered, answer) => `完了です。モデルの答えは ${answer} ですが、${ordered}結果とは違います。`,
    loop: '選ばれたトークンは入力の末尾に加わり、モデル全体がもう一度計算されます。',
  },

  outline: {
    heading: 'モデルの構造',
    caption: '計算の順に並んでいます。選ぶと、その部分が 3D 表示に映ります。',
    open: (title) => `${title} の内訳を表示`,
    range: (first, last) => `${first} ～ ${last}`,
    kinds: {
      input: '入力',
      weight: '重み（学習で得た値）',
      activation: '活性化値（計算した値）',
      statistic: '統計量',
      gradient: '勾配',
    },
  },

  stage: {
    home: '全体を表示',
    blocks: 'ブロック',
    undo: '視点の移動を元に戻す',
    redo: '視点の移動をやり直す',
    lens: '平行投影と透視投影を切り替える',
    canvas:
      'モデルの 3D 表示です。矢印キーでセルからセルへ、Shift を押しながらでテンソルからテンソルへ移ります。Enter でセルを開き、Escape で離れます。',
    hint: 'ドラッグで回転、右ドラッグで移動、ホイールで拡大・縮小',
    toPicture: '図を見る',
    toText: '本文に戻る',
    touchHint: '1 本指で回転、2 本指で移動・拡大・縮小',
    invitation: 'どの数値も、クリックすれば計算の中身が見られます',
    touchInvitation: 'どの数値も、タップすれば計算の中身が見られます',
    legend: (scale) =>
      `色の意味：青は負（−${scale} まで）、オレンジは正（${scale} まで）。小さな数値も見分けられるよう、比例より濃くしています`,
    positiveLegend: (scale) =>
      `色の意味：淡い色は 0、オレンジは正（${scale} まで）。小さな数値も見分けられるよう、比例より濃くしています`,
    notComputed: '未計算',
    untrained: (first) => `意味のない値です。学習で正解と比べたのは、位置 ${first} からあとの出力だけです。`,
    showBeyond: (name) => `画面の外：${name}。表示する`,
    missing: '3D 表示に必要なファイルがまだ届いていません。サーバーが応答しだい、表示されます。',
    noWebGL:
      'このブラウザーでは、3D 表示に必要な WebGL 2 が使えないため、静止画を表示しています。計算の内訳はそのままご覧いただけます。',
    still: (name) => `静止画：${name}`,
  },

  inset: {
    named: (name) => `別枠：${name}`,
    show: 'ここへ移動する',
    close: '別枠を閉じる',
  },

  fan: {
    button: 'ヘッドを横に並べる',
    laidOut: (names) => `${names}のヘッドを横に並べました。`,
    folded: 'ヘッドを元の重なりに戻しました。',
  },

  inspector: {
    back: '戻る',
    forward: '進む',
    close: '計算の内訳を閉じる',
    trail: 'ここまでの道筋',
    pin: 'このセルを固定して、ほかのセルと比べる',
    unpin: '固定を外す',
    formula: '数式',
    numbers: '数値を入れると',
    python: '同じ計算を Python で',
    why: {
      heading: 'このロジットはどこから来たか',
      by: {
        parts: '各部分が加える量',
        ways: '文字からの経路',
        layers: '各層までの答え',
        letters: '各文字の影響',
        patches: '別のテキストとの入れ替え',
      },
      absent:
        'このページでは、このモデルのロジットの由来を調べられません。残差ストリームに加算する構造がないか、この機能より前に保存されたモデルです。',
      other: (length) => `同じ長さ（${length} トークン）の別のテキスト`,
      otherLength: (length) => `${length} トークンにしてください。数値を移せるのは同じ長さのテキストからだけです。`,
      onStage: '3D 表示に経路を描く',
      offStage: '3D 表示の経路を消す',
      ofArriving: (sum) => `（そこに届く合計は ${sum}）`,
      edges: (count) => `経路の線 ${count} 本の一覧（セルに届く量の合計が、そのセルから先へ渡る量です）`,
      noCells: { biases: 'バイアス', rest: '小さすぎて描いていないもの' },
      patchesLead:
        '別のテキストでの数値を、1 か所ずつこのテキストの計算に移します。ロジットが変わる場所では、2 つのテキストの違いが効いています。',
      patchesPicture: '各場所の数値を別のテキストのものに替えたときのロジット',
      picture: 'ロジットに至る経路。線の太さは運ばれる量、オレンジは正、青は負を表します',
    },
    steps: '計算の手順',
    terms: { sum: (n) => `${n} 個の項の和`, one: 'もとになる値', max: (n) => `${n} 個のうちの最大値` },
    inOrder: '順番どおり',
    bySize: '大きい順',
    column: { term: '項', value: '寄与', running: '累計', best: '最大値' },
    shape: '形',
    parameters: 'パラメーター数',
    kind: '種類',
    aliases: '別名',
    madeBy: '計算',
    from: '入力',
    feeds: '使われる先',
    origin: {
      weight: '重みです。学習で得られた値で、どの入力に対しても同じです。',
      input: '入力です。入力された文字からそのまま決まります。',
    },
    pick: 'ここか 3D 表示でセルを選ぶと、その数値がどう計算されたかがわかります。',
    unloaded: 'このモデルの重みは読み込まれていません。形だけを示し、数値はありません。',
    masked: (asking, later) =>
      `位置 ${asking} からは、後ろにある位置 ${later} を見ることができません。マスクによってスコアが −∞ になり、ソフトマックスでの割合はちょうど 0 になります。`,
    notComputed: 'このセルはまだ計算されていません。モデルが読んだのは、いま入力されている文字の分だけです。',
    waiting: '計算しています…',
    notSent: (cells) =>
      `${cells} 個の数値をまとめて受け取ることはできません。セルを選ぶと、その計算の内訳が数値つきで開きます。`,
    show: (name, index) => `${name} ${index} を表示`,
  },

  copy: {
    heading: 'コピー',
    as: { text: 'テキストとしてコピー', latex: 'LaTeX としてコピー' },
    short: { text: 'テキスト', latex: 'LaTeX', done: 'コピー済み' },
    link: 'この表示へのリンクをコピー',
    done: {
      text: 'テキストとしてコピーしました。',
      latex: 'LaTeX としてコピーしました。',
    },
    copiedLink: (address) => `リンクをコピーしました：${address}`,
    failed: 'ブラウザーがコピーを許可しませんでした。',
  },

  share: {
    heading: '共有',
    picture: '画像を保存（PNG）',
    drawing: '図として保存（SVG）',
    saved: '画像を保存しました。',
    full: 'モデルを全画面で見る',
    leave: '全画面を終わる',
  },

  numbers: {
    row: (axis) => `${axis}に沿った 1 行`,
    matrix: (down, across) => `すべての数値（縦：${down}、横：${across}）`,
    all: '数値',
  },

  against: {
    heading: '別の計算と比べる',
    about: 'モデルの各セルに、もう一方の計算の数値、または両者の差を表示します。',
    bar: '比較の相手',
    kinds: {
      unchanged: '変更しない場合',
      text: '別の文字列',
      model: '別のモデル',
      moment: '学習の別の時点',
    },
    nothingChanged: 'まだ何も変更していません。セルを開いて「変更」を選ぶか、別の文字列と比べてください。',
    noModels: '同じ大きさのモデルはほかにありません。下で学習させて保存するか、フォルダーから開いてください。',
    noMoments: '下でモデルを学習させて一時停止すると、途中のどの時点でも選べます。',
    letters: '比べる文字列',
    compare: '比べる',
    model: '比べるモデル',
    untrained: '学習前の同じモデル',
    moment: '学習のステップ数',
    with: {
      unchanged: '変更しない場合の計算',
      text: (letters) => `入力 ${letters} の計算`,
      model: (title) => `モデル ${title} の計算`,
      untrained: (title) => `学習前のモデル ${title} の計算`,
      fresh: '学習前の同じモデルの計算',
      moment: (step) => `学習 ${step} ステップ後の重み`,
    },
    shown: '表示するもの',
    seen: { difference: '差', own: 'この計算', other: '相手の計算' },
    figures: {
      difference: '数値は差（この計算 − 相手の計算）です。',
      own: '数値はこの計算のものです。',
      other: '数値は相手の計算のものです。',
    },
    legend: (scale) =>
      `色：この計算のほうが大きいセルは橙（最大 ${scale}）、相手のほうが大きいセルは青。小さな差ほど強調して塗っています`,
    end: '終了',
    endIt: '比較を終える',
    next: '次',
    chances: '次のトークンの確率',
    most: '違いのあるところ',
    alike: (count) => `ほかの ${count} 個のテンソルには違いがありません。`,
    same: '違いはありません。二つの計算の数値は同じです。',
    partly: 'モデルが大きいため、全体は比べられません。開いたテンソルだけを比べます。',
    tensor: 'テンソル',
    largest: '最大の差',
    mean: '平均',
    sort: '並べ替え',
    inOrder: '計算の順',
    bySize: '違いの大きい順',
    show: (title) => `${title} で違いが最も大きいセルを表示`,
    live: (what) => `${what} と比べています。`,
    ended: '比較を終えました。',
  },

  search: {
    heading: '検索',
    field: '章・テンソル・操作を検索',
    tensors: 'テンソル',
    parts: 'モデルの構造',
    actions: '操作',
    chapters: '読みもの',
    within: '・',
    nothing: (query) => `「${query}」に当てはまるものはありません。`,
    count: (found) => `${found} 件`,
    help: '↑ ↓ で選択・Tab で補完・Enter で移動・セルは q[2,3,7] のように',
  },

  outward: {
    start: (name) => `1 つの数値から ${name} の全体まで遠ざかる`,
    one: (model) => `${model} の 1 つの数値`,
    building: (name) => `${name} を組み立てています…`,
    parameters: () => 'パラメータ',
  },

  models: {
    heading: 'モデル',
    button: (name) => `モデル：${name}。別のモデルを選ぶ`,
    parameters: (count) => `パラメーター数 ${count}`,
    unloaded: '重みなし（形だけを表示）',
    caption: 'どのモデルも同じ縮尺で描かれます。セルの大きさはどれも同じです。',
    fresh: {
      title: (task, besides) => (besides.length === 0 ? task : `${task}（${besides.join('、')}）`),
      untaught: '学習前',
      tasks: {
        sort: '並べ替え',
        reverse: '逆順',
        copy: '書き写し',
        parity: 'パリティ',
        addition: '足し算',
        modular: '足し算の余り',
        brackets: 'かっこ',
        text: '文章',
      },
      settings: {
        alphabet: (letters) => `文字 ${letters}`,
        length: (count) => `長さ ${count}`,
        digits: (count) => `${count} 桁`,
        modulus: (modulus) => `法 ${modulus}`,
        layers: (count) => `${count} ブロック`,
        heads: (count) => `${count} ヘッド`,
        width: (count) => `${count} チャンネル`,
        letters: (count) => `文字の種類 ${count}`,
        context: (count) => `一度に ${count} 文字`,
      },
    },
  },

  tour,

  playback: {
    heading: '3D 表示での再生',
    play: '順伝播を再生',
    playCell: 'このセルの計算を再生',
    go: '再生',
    pause: '一時停止',
    stepForward: '1 段階進む',
    stepBack: '1 段階戻る',
    backwards: '逆向きに再生',
    forwards: '順方向に再生',
    position: '再生位置',
    speed: (factor) => `速さ：${factor} 倍`,
    follow: '再生に合わせて視点を動かす',
    close: '終了',
    chosen: (position, piece, percent) => `答えの ${position} 番目のトークン：${piece}（${percent}）`,
    time: (now, whole) => `${whole} のうち ${now}`,
  },

  keys: {
    heading: 'キー操作',
    list: [
      ['Space', 'ツアーの次のステップ（「自由に見る」では次のトークン）'],
      ['Shift Space, Backspace', 'ひとつ戻る'],
      ['R', 'ツアーや再生中の視点に戻る'],
      ['← → ↑ ↓', '選択中のセルを移動'],
      ['Shift ← → ↑ ↓', '3D 表示で：隣のテンソルへ移動'],
      ['PageUp, PageDown', '手前・奥のヘッドへ移動'],
      ['[ ]', '前のテンソル・次のテンソル'],
      ['Escape', '計算の内訳を閉じる、比較を終える、別枠を閉じる'],
      ['Ctrl K, /', '検索'],
      ['Home', '全体を表示'],
      ['P', '選択中のセルの計算（なければ順伝播）を再生、一時停止'],
      [', .', '再生中：1 段階戻る、1 段階進む'],
      ['< >', '遅く、速く'],
      ['B', '逆向きに再生、順方向に戻す'],
      ['Z, Shift Z', '視点の移動を取り消す、やり直す'],
      ['O', '平行投影と透視投影を切り替え'],
      ['G', '1 つの数値から最大のモデルまで遠ざかる'],
      ['F', 'ヘッドを横に並べる、元の重なりに戻す'],
      ['C', '変更しない場合と比べる。続けて押すと、差・この計算・相手の計算を切り替える'],
      ['U', '比較を終える。していなければ、最後の変更を元に戻す'],
      ['?', 'このキー一覧'],
    ],
    madeWith: 'three.js、Svelte、KaTeX を使っています。',
    licences: 'それぞれのライセンス',
  },

  connection: {
    lost: 'サーバーから応答がありません。いまの状態は保たれています。サーバーが戻りしだい、自動で再開します。',
  },

  file: {
    changed: (model) => `${model} のファイルが変更されました。表示しているのは、開いたときのモデルです。`,
    readAgain: 'いまのファイルを表示する',
  },

  live: {
    computed: (letters) => `${letters} について計算しました。`,
    expects: (piece, percent) => `次のトークンの予測は ${piece}、${percent} です。`,
    cell: ({ title, place, value }) => `${title}、${place}：${value}`,
    tensor: (title, shape) => `${title}、${shape}`,
    closed: '計算の内訳を閉じました。',
    pinned: 'セルを固定しました。別のセルを選ぶと比べられます。',
    unpinned: '固定を外しました。',
    model: (name, parameters) => `${name}、パラメーター数 ${parameters} です。`,
    shown: (title) => `3D 表示は ${title} を映しています。`,
  },

  otherError: (code) => `この操作はできませんでした（${code}）。別の入力や選択で試してください。`,

  errors: {
    'training-failed': () =>
      '学習のプロセスが異常終了しました。Pellucid の不具合です。詳しくはサーバーの端末に表示されています。',
    'no-answer': () => 'サーバーがいま応答しません。しばらくしてから、もう一度試してください。',
    'unlike-length': ({ length, expected }) =>
      `比べる入力は ${length} トークン、いまの入力は ${expected} トークンです。長さをそろえてください。`,
    'unlike-model': ({ model, other }) =>
      `${model} は ${other} と形が違うため、比べられません。同じ大きさのモデルを選んでください。`,
    'unfit-change': ({ change }) =>
      `アドレスの変更「${change}」は、このモデルではできません。何も変更せずに計算しています。`,
    'wrong-length': ({ length, expected }) =>
      Number(length) < Number(expected)
        ? `いま ${length} 文字です。あと ${Number(expected) - Number(length)} 文字入力してください。`
        : `${length} 文字は長すぎます。このモデルが読むのはちょうど ${expected} 文字です。`,
    'empty-prompt': ({ expected, last }) => {
      if (expected !== undefined) return `何も入力されていません。${expected} 文字を入力してください。`
      const some = last === undefined ? '文章' : `4, 5, 6 のように、0 から ${last} までのトークン番号`
      return `何も入力されていません。${some}を入力してください。`
    },
    'no-number': ({ part, last }) =>
      `「${part}」はトークン番号ではありません。0 から ${last} までの数を、コンマか空白で区切って入力してください。`,
    'no-vocabulary': () => 'このモデルには文字がありません。4, 5, 6 のように、トークン番号を入力してください。',
    'file-changed': () =>
      'モデルを開いたあとでファイルが変更され、この部分はまだ読み込まれていませんでした。いまのファイルを表示し直してください。',
    'not-computed': ({ model }) =>
      `このブラウザーでは ${model} を計算できませんでした。ページを読み込み直すか、別のブラウザーで開いてください。`,
    'only-here': ({ model }) =>
      `${model} はこのブラウザーだけにあります。この測定は、モデルが置かれているところでしかできません。`,
    'site-renewed': () => 'このサイトは新しくなりました。ページを読み込み直してください。',
    'not-read-again': ({ model }) =>
      `${model} のファイルを読み直せませんでした。開いたときのモデルをそのまま表示しています。`,
    'unfit-chapter': ({ model }) => `この章は ${model} にないものを扱っています。`,
    'no-cell-named': ({ text }) =>
      `「${text}」というセルはこのモデルにありません。「blocks.0.attn.q[2,3,7]」のように書いてください。`,
    'no-such-cell': ({ tensor, cell, shape }) => `${tensor} に [${cell}] というセルはありません。形は ${shape} です。`,
    'unknown-model': ({ model }) => `「${model}」というモデルはここにありません。最初のモデルを表示しています。`,
    'no-weights': ({ model }) =>
      `${model} の重みは読み込まれていません。重みのあるフォルダーを指定してサーバーを起動してください。`,
    'too-slow': () => '計算に時間がかかりすぎるため、サーバーが中止しました。短い入力で試してください。',
  },
}
