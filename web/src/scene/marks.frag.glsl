// A line around what it marks, which it does not cover, between two thin ones that set it off from any colour.

precision highp float;

in vec2 place;
flat in vec2 halfSize;
flat in vec4 outline;
flat in float isCrossed;

uniform vec3 halo;
uniform float pixelRatio;

out vec4 fragment;

// How wide a cell is, in CSS pixels, where its number begins to be printed, and where it surely is.
const float BARE = 14.0;
const float PRINTED = 28.0;
const float FAINT = 0.3;

void main() {
  vec2 pixel = max(vec2(length(vec2(dFdx(place.x), dFdy(place.x))), length(vec2(dFdx(place.y), dFdy(place.y)))), 1e-5);
  vec2 outside = (abs(place) - halfSize) / pixel;
  float fromMiddle = abs(max(outside.x, outside.y) - 0.5 * outline.a);
  // Two diagonals through what is switched off, faint where cells are so large that their numbers are read.
  vec2 share = place / halfSize;
  vec2 diagonals = abs(vec2(share.x - share.y, share.x + share.y)) / length(pixel / halfSize);
  float strength = 1.0;
  if (isCrossed > 0.5 && max(outside.x, outside.y) < 0.0 && min(diagonals.x, diagonals.y) < fromMiddle) {
    fromMiddle = min(diagonals.x, diagonals.y);
    strength = mix(1.0, FAINT, smoothstep(BARE, PRINTED, 1.0 / (pixelRatio * max(pixel.x, pixel.y))));
  }
  float line = clamp(0.5 * outline.a + 0.5 - fromMiddle, 0.0, 1.0);
  float around = clamp(0.5 * outline.a + 1.5 - fromMiddle, 0.0, 1.0);
  if (around <= 0.0) discard;
  fragment = vec4(mix(halo, outline.rgb, line), strength * max(line, 0.8 * around));
}
