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
  models: {
    loaded: '重みを読み込み済み',
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
