// A faint tint with round corners; where panels lie on one another the tints add up.

precision highp float;

in vec2 place;
flat in vec2 halfSize;

uniform vec4 tint;

out vec4 fragment;

const float ROUNDING = 4.0;

void main() {
  float rounding = min(ROUNDING, min(halfSize.x, halfSize.y));
  vec2 beyond = abs(place) - (halfSize - rounding);
  float outside = length(max(beyond, 0.0)) - rounding;
  float coverage = clamp(0.5 - outside / max(fwidth(outside), 1e-5), 0.0, 1.0);
  fragment = vec4(tint.rgb, tint.a * coverage);
}
