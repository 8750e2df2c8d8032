/** あとから読み込まれるパネルの日本語の言葉。 */
import { formatNumber } from '../numbers'
import type { LateWords } from './en'

export const late: LateWords = {
  learning: {
    heading: 'ここで学習させる',
    about:
      'このブラウザーが、3D 表示に出ている式そのものを使って、モデルにゼロから課題を教えます。' +
      '学ぶにつれて 3D 表示の数値が変わっていくようすを見てください。もとのモデルは変わりません。',
    seed: '乱数の種',
    rate: '学習率',
    usual: '既定値',
    badSeed: (most: string) => `種には 0 から ${most} までの整数を入れてください。`,
    badRate: '学習率は 0 より大きく 1 より小さい数です。空欄にすると、既定値になります。',
    start: '学習を始める',
    anew: 'はじめからやり直す',
    pause: '一時停止',
    goOn: '続ける',
    oneStep: '1 ステップ',
    stop: 'やめる',
    step: 'ステップ',
    loss: '損失',
    accuracy: 'バッチの正答率',
    moment: '学習をさかのぼる',
    shown: (step: string) => `この学習の ${step} ステップ後の重み`,
    onStage: (what: string) => `3D 表示に出ているのは、${what}です。`,
    back: 'もとのモデルに戻す',
    curves: (steps: string, from: string, to: string) =>
      `${steps} ステップのあいだの損失(${from} から ${to} へ)と、各バッチの正答率`,
    done: (steps: string, right: string, of: string, rightHeldOut: string, ofHeldOut: string) =>
      `${steps} ステップを終えて、学習に使った ${of} 問のうち ${right} 問、` +
      `一度も見せていない ${ofHeldOut} 問のうち ${rightHeldOut} 問に正しく答えます。`,
    sample: (questions: string) => `課題の全 ${questions} 問から選び出したものです。`,
    diverged: (step: string, rate: string) =>
      `ステップ ${step} で勾配が有限の数でなくなりました。学習率を ${rate} より小さくして、はじめからやり直してください。`,
    grown: (loss: string, first: string, rate: string) =>
      `損失が ${first} から約 ${loss} まで増え、そのあとも始めの値に戻っていません。学習率 ${rate} では、ほとんど学習が進みません。` +
      '学習率を小さくして、はじめからやり直してください。',
    name: '名前',
    keep: 'このモデルを保存する',
    there: {
      legend: '学習させる場所',
      page: 'このページ',
      server: 'このコンピューター（Python）',
      about:
        'このページを配信しているコンピューターで、Python が pellucid train と同じやり方で、モデルに課題をはじめから教えます。' +
        'ページを閉じても学習は続き、このモデルを表示しているどのページからも見られます。もとのモデルは変わりません。',
      steps: 'ステップ数',
      badSteps: (most: string) =>
        `ステップ数は 1 から ${most} までの整数にしてください。空欄にすると、必要なだけ学習を続けます。`,
      kept: (name: string) => `「${name}」をこのコンピューターに保存しました。モデルの一覧にあります。`,
      stopped: 'この学習は、別のウィンドウで終了されました。',
    },
    text: {
      curves: (steps: string, from: string, to: string) =>
        `${steps} ステップのあいだの損失（${from} から ${to} へ）、見せていない部分での損失、文字の出やすさだけで予測したときの損失`,
      heldOut: '見せていない部分での損失',
      guessing: (single: string, pairs: string) =>
        `見せていない部分を、文字の出やすさだけで予測すると損失は ${single}（灰色の線）、直前の文字も手がかりにすると ${pairs} です。損失は小さいほど良い値です。`,
      done: (steps: string, letters: string, heldOut: string, trained: string, single: string, pairs: string) =>
        `${steps} ステップを終えて、一度も見せていない ${letters} 文字での損失は ${heldOut}、学習に使った部分では ${trained} です。` +
        `文字の出やすさだけで予測すると ${single}、直前の文字も手がかりにすると ${pairs} になります。`,
    },
    named: (model: string, step: string) => `${model}、${step} ステップ`,
    kept: (name: string) => `「${name}」をこのブラウザーに保存しました。モデルの一覧にあります。`,
    show: (name: string) => `この学習を離れて「${name}」を表示する`,
    meanwhile: (name: string) =>
      `学習中に変わるのは 3D 表示だけです。ほかの場所に出ているのは、一時停止するまで「${name}」のままです。`,
    unnamed: '名前を付けてください。',
    taken: (name) => `「${name}」という名前のモデルはすでにあります。別の名前を付けてください。`,
    apart: {
      heading: (step: string) => `ステップ ${step} の中身`,
      batch: (questions: string, right: string, loss: string) =>
        `このステップは、次の ${questions} 問から学びました。ステップの前に正しく答えられたのは ${right} 問で、損失は ${loss} でした。`,
      rows: (rows: string, loss: string) =>
        `このステップは、次の ${rows} 個の部分から、それぞれの文字の次に来る文字を学びました。損失は ${loss} でした。`,
      right: '正解',
      wrong: '不正解',
      gradient: (norm: string) => `すべての重みについての損失の勾配は、長さが ${norm} でした。`,
      clipped: (most: string) => `長すぎるので、上限の ${most} まで縮めました。`,
      weight: 'AdamW は、この重みを次のように動かしました。',
      slope: '重みを増やすと損失がどれだけ増えるか（勾配）',
      shortened: '重みを増やすと損失がどれだけ増えるか（勾配全体とともに縮めた値）',
      mean: '勾配の移動平均',
      square: '勾配の 2 乗の移動平均',
      corrected: '0 から始めた分の補正',
      decay: '重み減衰',
      average: (value) =>
        `この段階のモデルには、直近の各ステップ後の値を平均した重みが使われます。1 ステップごとの偶然のぶれが、ならされるためです。この重みでは ${value} です。`,
      lossTerms: '損失の内訳',
      gradientTerms: '勾配の内訳',
      question: (number) => `問題 ${number}`,
      sumOf: (count) => `${count} 項の和（大きい順）：`,
      largestOf: (count) => `${count} 個のうち最大のもの：`,
      others: (count) => `ほか ${count} 項の合計`,
      moved: 'ステップ後の重み',
      note:
        'モデルの重みを 1 つ選ぶと、その重みの数がここに表示されます。選ばなければ、いちばん大きく動いた重みです。' +
        '0 で割らないように、平方根には 0.00000001 を足しています。',
      answers:
        '矢印の右は、このステップを行う前のモデルの答えです。どの文字も、そこまでの正しい文字を読ませて答えさせたものです。',
      rightAnswer: (answer) => `正解：${answer}`,
      rest: (count) => `残りの ${count} 問も表示する`,
    },
    other: {
      heading: '別のモデルに学習させる',
      about: (isSized) =>
        `覚えさせる課題${isSized ? 'と大きさ' : ''}を選んでください。` +
        '最初の重みには、まだ何の意味もありません。' +
        '学習を始めて、重みがどう変わっていくかを見てください。',
      task: '課題',
      tasks: {
        sort: '文字を並べ替える',
        reverse: '文字を逆の順に書く',
        copy: '文字を写す',
        parity: 'パリティ（1 の個数は奇数か）',
        addition: '2 つの数を足す',
        modular: '2 つの数を足した余りを求める',
        brackets: 'かっこがすべて閉じているか',
        names: '単語の一覧（似た単語を作る）',
        text: 'お手元の文章（続きを書く）',
      } as Record<string, string>,
      settings: {
        alphabet: '使う文字',
        length: '問題の文字数',
        digits: '数の桁数',
        modulus: '割る数',
        layers: 'ブロック数',
        heads: 'ブロックごとのヘッド数',
        width: 'チャンネル数',
        context: '一度に読む文字数',
      } as Record<string, string>,
      text: {
        given: { names: '単語（1 行に 1 つずつ）', text: '文章' },
        file: 'テキストファイル（UTF-8）を開く',
        opened: (file) => `「${file}」を読み込みました`,
        list: 'いろいろな国の名前を使う',
        titles: { names: 'お手元の単語', text: 'お手元の文章' },
        stays:
          '入力した内容はこのブラウザーの外には送られず、アドレスにも含まれません。新しいモデルはページを離れると消えます。' +
          '保存すると、文章と一緒にこのブラウザーに残ります。',
        unfit: {
          empty: () => 'このファイルには文字がありません。別のファイルを開くか、文章を貼り付けてください。',
          encoding: () =>
            'このファイルは UTF-8 のテキストではありません。UTF-8 で保存し直すか、文章を貼り付けてください。',
          null: () => 'ヌル文字が含まれているため、UTF-8 のテキストではありません。別の文章にしてください。',
          large: (most) => `ページの中で読むには長すぎます。${most} 文字までにしてください。`,
          same: () =>
            'この文章には文字が 1 種類しかなく、学べることがありません。何種類かの文字がある文章にしてください。',
          letters: (count, most) => `文字が ${count} 種類あります。ページの中で学習できるのは ${most} 種類までです。`,
          'letters-here': (fewest) =>
            `サーバーがない場合は、${fewest} 種類以上の文字がある文章が必要です。そのような文章にしてください。`,
          short: (count, fewest) =>
            `この文章は ${count} 文字で、学習と確認には足りません。${fewest} 文字以上にしてください。`,
          word: (word, most) =>
            `「${word}」は使えません。1 行に 1 つずつ、目に見える文字だけで ${most} 文字まで、ピリオドを入れずに書いてください。`,
          few: (count, fewest) =>
            `異なる単語が ${count} 個しかありません。1 行に 1 つずつ、${fewest} 個以上書いてください。`,
          context: (most) => `一度に読む文字数は、2 から ${most} までにしてください。`,
        },
      },
      show: '新しいモデルを表示する',
      whole: (name: string) => `${name}には、1 以上の整数を入れてください。`,
      letters: (name: string) =>
        `${name}は、コンマや空白を入れずに、2 種類以上を続けて書いてください。同じ文字は 2 度使えません。`,
      indivisible: (channels: string, heads: string) =>
        `${channels} チャンネルは ${heads} 個のヘッドに等分できません。チャンネル数をヘッド数の倍数にしてください。`,
    },
    terms: {
      term: 'どこの項か',
      factors: '掛け合わせる数',
      parts: 'もとになる数',
      product: '積',
      value: '値',
    },
  },
  why: {
    short: { parts: '各部分', ways: '経路', layers: '各層', letters: '各文字', patches: '別のテキスト' },
    patchColours: (logit) => `ロジットが ${logit} より上がる場所はオレンジ、下がる場所は青です。`,
    changed: '変更を加えた計算について調べています。変更した値は与えられたものとみなし、その手前へはさかのぼりません。',
    changedStream:
      '残差ストリームの数値そのものを変更しているため、足し込まれた値からは中身を説明できません。' +
      '変更を元に戻すか、「各層」か「各文字」で調べてください。',
    changedThere:
      'このモデルは保存されている場所で計算され、変更のない場合だけ調べられます。変更を元に戻してください。',
  },
  patterns: {
    heading: 'すべての注意の重み',
    about:
      '行は情報を集める側の位置、列は情報のもとになる位置です。色が濃いほど、そこから多く集めています。選ぶと開きます。',
    open: (block, head) => `${block}、ヘッド ${head} の注意の重み`,
  },
  activations: {
    heading: '最も強く反応する入力',
    about: (count) =>
      `課題の問題（答えを含む）のうち、このチャンネルの値が最も大きくなる ${count} 件です。文字の色は、その位置での値を表します。`,
  },
  sweep: {
    heading: '部品を一つずつ止めると、何ができなくなるか',
    about:
      '止めた部品の値はすべて 0 になります。ここで止めた部品は、どの文字列を入れても止まったままで、変更の一覧に表示されます。',
  },
  tasks: {
    sort: '渡された文字を並べ替えて（sort）、アルファベット順に書く',
    reverse: '渡された文字を逆の順に（reverse）、最後の文字から書く',
    copy: '渡された文字をそのまま写す（copy）',
    parity: '数字ごとに、そこまでの 1 の個数が奇数なら 1、偶数なら 0 を書く（parity）',
    addition: '2 つの数を足し（addition）、和を下の桁から順に書く',
    modular: '2 つの数を足し、決まった数で割った余りを書く（modular。数はどれも 1 文字で表す）',
    brackets: 'かっこがすべて閉じていれば y、そうでなければ n を書く（brackets）',
    names: '読んだことばに似たことばを、1 文字ずつ作る（names）',
    text: '読んだ文章と似た文章で、続きを書く（text）',
  },
  itsTask: (does) => `課題は、${does}ことです。`,
  ending: {
    heading: (chapters) => (chapters === 1 ? 'これで終わりです' : '最後の章まで見終わりました'),
    unseen: (chapters) => `ここで終わりです。まだ見ていない章が ${chapters} つあります`,
    all: (chapters) =>
      chapters === 1 ? '章はこのひとつだけで、最後まで見終わりました。' : `全 ${chapters} 章を読み終えました。`,
    missed: '次の章に、まだ見ていない場面があります。',
    tryHeading: '次に試すなら',
    tries: {
      letters: '好きな文字を入力して、答えの数値をひとつ選び、クリックで文字までさかのぼってみましょう。',
      heads: '「自由に見る」でヘッドをひとつ止め、どの答えが変わるか確かめてみましょう。',
      here: (heading) =>
        `「自由に見る」の「${heading}」でモデルを学習させ直し、数値が変わっていくようすを見てみましょう。`,
      command: '「pellucid train sort」で自分のモデルに学習させ、「pellucid serve」で開いてみましょう。',
      beside: 'GPT-2 や GPT-3 をこのモデルの隣に並べて、大きさを比べてみましょう。',
    },
    explore: 'モデルを自由に見る',
    share: 'このページのリンクをコピー',
    readHeading: 'さらに読むなら',
    reading: [
      { title: 'Attention Is All You Need', by: 'Vaswani ほか 2017', address: 'https://arxiv.org/abs/1706.03762' },
      {
        title: 'Language Models are Unsupervised Multitask Learners（GPT-2）',
        by: 'Radford ほか 2019',
        address:
          'https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf',
      },
      {
        title: 'Language Models are Few-Shot Learners（GPT-3）',
        by: 'Brown ほか 2020',
        address: 'https://arxiv.org/abs/2005.14165',
      },
      {
        title: 'A Mathematical Framework for Transformer Circuits',
        by: 'Elhage ほか 2021',
        address: 'https://transformer-circuits.pub/2021/framework/index.html',
      },
      { title: 'minGPT', by: 'Karpathy', address: 'https://github.com/karpathy/minGPT' },
    ],
  },
  models: {
    loaded: '入力を試せます',
    kept: 'ここで学習させ、このブラウザーに保存したモデル',
    keptHere: 'ここで学習させ、このコンピューターに保存したモデル',
    rename: (name) => `${name} の名前を変える`,
    title: '名前',
    renamed: '変更する',
    remove: (name) => `${name} を削除する`,
    download: (name) => `${name} を、pellucid serve や transformers で開けるフォルダー（zip）として保存`,
    removed: (name) => `「${name}」を削除しました。`,
    putBack: '元に戻す',
    beside: (name, shown) => `${name} を ${shown} の隣に並べる`,
  },
  alter: {
    open: '変更',
    heading: 'セルを変更する',
    drag: 'ドラッグまたは矢印キーで、この数値を変えられます',
    cells: '変更するセル',
    whole: 'テンソル全体',
    one: 'このセルだけ',
    how: '変更の内容',
    pick: '選んでください',
    kinds: {
      zero: '止める（0 にする）',
      set: '値を決める',
      scale: '何倍かにする',
      add: '足す',
      from: '別の文字列での値',
      'mean over': '多くの入力での平均',
      'mean along': '軸に沿った平均',
      freeze: '変更しない場合の値に固定',
    },
    number: '数値',
    hide: '−∞ にして、ソフトマックスの割合を 0 にする',
    letters: '値を取る文字列',
    axis: '軸',
    badNumber: '0.5 のような数値を入力してください。「値を決める」では −∞ も使えます。',
    undo: '元に戻す',
    see: '違いを表示',
    reach: (first, last) =>
      `変更するのは、値を取る入力と同じ、位置 ${first} から ${last} までのセルです。それより後の、答えの続きを書く位置では変わりません。`,
    inputs: (last) => `トークンや位置の番号です。0 から ${last} までの整数を入力してください。`,
  },
  changes: {
    heading: (changes) => `この計算での変更：${changes} 件`,
    earlier: (changes) => `これより前の変更 ${changes} 件`,
    tour: '本文の数値は、変更しない場合のものです。',
    absent: 'この長さの入力にはありません',
    undo: (change) => `元に戻す：${change}`,
    undoAll: 'すべて元に戻す',
    compare: '違いを表示',
    positions: (first, last) => `位置 ${first} から ${last} まで`,
    done: (change, axes, text) => {
      switch (change.kind) {
        case 'zero':
          return '0 にする'
        case 'set':
          return `${formatNumber(change.number)} にする`
        case 'scale':
          return `${formatNumber(change.number)} 倍にする`
        case 'add':
          return `${formatNumber(change.number)} を足す`
        case 'mean along':
          return `軸「${axes}」に沿った平均にする`
        case 'mean over':
          return `ほかの入力 ${change.texts.length} 個での平均にする`
        case 'from':
          return `入力 ${text} での値にする`
        case 'freeze':
          return '変更しない場合の値に固定する'
      }
    },
  },
  softmax: {
    heading: '適用前と適用後の行',
    masked: 'マスクされています',
    maskedShare: 'マスクされています。e の −∞ 乗は 0 なので、割合はちょうど 0 です。',
    some: (shown, all) => `${all} 個のうち、大きいほうから ${shown} 個です。`,
  },
  column: {
    before: '正規化前',
    after: '正規化後',
    picture: (count, min, max, { mean, deviation }) =>
      `${min} から ${max} までの ${count} 個の数値。平均は ${mean}、標準偏差は ${deviation}`,
  },
  curve: {
    heading: (name) => `${name} のグラフ`,
    picture: (name, x, y) => `${name} のグラフ。ここでは ${x} が ${y} になります`,
    caption: (count) => `点のひとつひとつが、このテンソルの ${count} 個のセルです。`,
  },
  spread: {
    heading: 'このテンソルのすべての数値',
    picture: (count, min, max) => `${min} から ${max} までの ${count} 個の数値のヒストグラム`,
    count: '個数',
    infinite: 'マスク',
    min: '最小',
    max: '最大',
    mean: '平均',
    deviation: '標準偏差',
    norm: 'ノルム',
    nearZero: '0 に近い割合',
  },
  comparison: {
    pinned: '固定中',
    selected: '選択中',
    difference: '差',
    hint: '別のセルを選ぶと、このセルと比べられます。',
    compare: '比較',
    arithmetic: '計算',
    unpin: '固定を外す',
    terms: '差の大きい項から順に',
    unlike: '2 つのセルは計算のしかたが異なるため、項どうしを対応させることはできません。',
  },
  changedWeight: '重みです。学習で決まった数値ですが、この計算では一部を手で変えています。',
  trainings: {
    heading: 'このコンピューターで進めている学習',
    between: '、',
    step: (step, steps) => `${steps} ステップ中 ${step}`,
    states: {
      running: '進行中',
      paused: '一時停止中',
      done: '完了',
      diverged: '数値が発散して終了',
      failed: '不具合により終了',
    },
    watch: '見る',
    watchOne: (name) => `${name} の学習を見る`,
    pauseOne: (name) => `${name} を一時停止する`,
    goOnOne: (name) => `${name} を続ける`,
    stopOne: (name) => `${name} をやめる`,
  },
}
