/** あとから読み込まれるパネルの日本語の言葉。 */
import type { LateWords } from './en'

export const late: LateWords = {
  learning: {
    apart: {
      answers:
        '矢印の右は、このステップの前のモデルの答えです。どの文字も、その前までは正しい文字を読ませたときの答えです。',
      rightAnswer: (answer) => `正解：${answer}`,
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
    changed: '変更を加えた計算について調べています。変更した値は与えられたものとみなし、その手前へはさかのぼりません。',
    changedStream:
      '残差ストリームの数値そのものを変更しているため、足し込まれた値からは中身を説明できません。' +
      '変更を元に戻すか、「各層までの答え」か「各文字の影響」で調べてください。',
    changedThere:
      'このモデルは保存されている場所で計算され、変更のない場合だけ調べられます。変更を元に戻してください。',
  },
  patterns: {
    heading: 'すべての注意の重み',
    about: '行は集める側の位置、列は集められる側の位置で、色が濃いほど多く受け取っています。選ぶと開きます。',
    open: (block, head) => `${block}、ヘッド ${head} の注意の重み`,
  },
  activations: {
    heading: '最も強く反応する入力',
    about: (count) =>
      `課題の問題（答えを含む）のうち、このチャンネルの値が最も大きくなる ${count} 件です。文字の色は、その位置での値を表します。`,
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
    removed: (name) => `${name} を削除しました。`,
    putBack: '元に戻す',
    beside: (name, shown) => `${name} を ${shown} の隣に並べる`,
  },
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
