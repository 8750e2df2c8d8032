// A sheet with round corners: a tint that adds up where sheets lie on one another, a hairline round it, a soft shade below it.

precision highp float;

in vec2 place;
flat in vec2 halfSize;

uniform vec4 tint;
uniform vec3 edge;
uniform vec4 shade;

out vec4 fragment;

const float ROUNDING = 4.0;
const float HAIR = 0.65;                   // half the width of the line, in pixels
const float SHADE_REACH = 4.2;
const float SHADE_PIXELS = 26.0;           // nearer than that a shade would be a haze
const float SHADE_SHIFT = 0.38;            // light comes from above

float distanceTo(vec2 from, float rounding) {
  vec2 beyond = abs(from) - (halfSize - rounding);
  return length(max(beyond, 0.0)) + min(max(beyond.x, beyond.y), 0.0) - rounding;
}

// Along its outline, within and without.
vec4 outlineColour(float pixel) {
  float rounding = min(ROUNDING, min(halfSize.x, halfSize.y));
  float outside = distanceTo(place, rounding);
  float coverage = clamp(0.5 - outside / pixel, 0.0, 1.0);
  float line = clamp(HAIR + 0.5 - abs(outside) / pixel, 0.0, 1.0);
  float reach = min(SHADE_REACH, SHADE_PIXELS * pixel);
  float near = clamp(1.0 - distanceTo(place + vec2(0.0, SHADE_SHIFT * reach), rounding) / reach, 0.0, 1.0);
  // From afar a shade of less than a pixel would only be dirt.
  float shaded = shade.a * near * near * (1.0 - coverage) * (1.0 - smoothstep(0.8, 2.0, pixel));
  vec4 sheet = mix(vec4(shade.rgb, shaded), tint, coverage);
  return mix(sheet, vec4(edge, 1.0), line * (1.0 - smoothstep(1.0, 6.0, pixel)));
}

void main() {
  vec2 within = halfSize - abs(place);
  vec2 slope = fwidth(place);
  float pixel = max(max(slope.x, slope.y), 1e-5);
  // Nearly all of a sheet is its plain tint. A loop of one round at most: see cells.frag.glsl.
  fragment = tint;
  bool isPlain = min(within.x, within.y) > ROUNDING + 2.0 * pixel;
  for (int asked = 0; asked < (isPlain ? 0 : 1); asked++) fragment = outlineColour(pixel);
}
