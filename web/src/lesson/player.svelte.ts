/**
 * Moves a time along: plays it forwards and backwards at a speed, stops, jumps. It knows nothing of what is shown at that time.
 */
const SPEEDS = [0.25, 0.5, 1, 2, 4]

export class Player {
  time = $state(0)
  playing = $state(false)
  backwards = $state(false)
  speed = $state(1)
  #frame = 0

  /** `length`: in seconds. `draw` shows a time. `isGrowing`: more is to come, so that the end is waited at. */
  constructor(
    private readonly length: () => number,
    private readonly draw: (time: number) => void,
    private readonly isGrowing: () => boolean = () => false,
  ) {}

  play(): void {
    if (this.playing) return
    const isOver = this.backwards ? this.time <= 0 : this.time >= this.length()
    if (isOver) this.time = this.backwards ? this.length() : 0
    this.playing = true
    let before: number | null = null
    const advance = (now: number) => {
      const passed = before === null ? 0 : (now - before) / 1000
      before = now
      this.#goTo(this.time + passed * this.speed * (this.backwards ? -1 : 1))
      if (this.backwards ? this.time <= 0 : this.time >= this.length() && !this.isGrowing()) this.playing = false
      if (this.playing) this.#frame = requestAnimationFrame(advance)
    }
    advance(performance.now())
  }

  pause(): void {
    cancelAnimationFrame(this.#frame)
    this.playing = false
  }

  toggle(): void {
    if (this.playing) this.pause()
    else this.play()
  }

  /** Jumps there and stays. */
  seek(time: number): void {
    this.pause()
    this.#goTo(time)
  }

  /** Plays the other way round from here. */
  turn(): void {
    this.backwards = !this.backwards
  }

  /** One step faster (1) or slower (-1). */
  change(by: 1 | -1): void {
    this.speed = SPEEDS[SPEEDS.indexOf(this.speed) + by] ?? this.speed
  }

  /** The next faster one; after the fastest the slowest. */
  nextSpeed(): void {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length] ?? 1
  }

  #goTo(time: number): void {
    this.time = Math.max(0, Math.min(this.length(), time))
    this.draw(this.time)
  }
}
