// One character per place, cut out of the distance field as sharp as the screen's pixels.

precision highp float;
precision highp int;

in vec2 at;
flat in int characters;
flat in vec2 inkAndOpacity;

uniform sampler2D glyphs;
uniform vec3 ink[2];

out vec4 fragment;

// How far inside the outline, in texels.
float depthAt(int glyph, vec2 place) {
  vec2 inside = clamp(place, vec2(0.0), vec2(1.0));
  float field = textureLod(glyphs, vec2((float(glyph) + inside.x) / float(GLYPH_COUNT), inside.y), 0.0).r;
  return (field - 0.5) * 2.0 * float(GLYPH_REACH);
}

void main() {
  vec2 texels = vec2(GLYPH_WIDTH, GLYPH_HEIGHT);
  int glyph = (characters >> (4 * int(at.x))) & 15;
  vec2 place = vec2(fract(at.x), at.y);
  float depth = depthAt(glyph, place);
  // On slanted cells a pixel is longer in one direction than in the other: what counts is its length across the outline.
  vec2 slope = vec2(depthAt(glyph, place + vec2(1.0 / texels.x, 0.0)), depthAt(glyph, place + vec2(0.0, 1.0 / texels.y))) - depth;
  vec2 across = dFdx(at) * texels;
  vec2 down = dFdy(at) * texels;
  float evenly = sqrt(abs(across.x * down.y - across.y * down.x));
  float steep = length(slope);
  float crossing = length(vec2(dot(across, slope), dot(down, slope))) / max(steep, 1e-3);
  float pixel = max(mix(evenly, crossing, smoothstep(0.2, 0.7, steep)), 1e-4);
  float coverage = clamp(depth / pixel + 0.5, 0.0, 1.0);
  if (coverage <= 0.0) discard;
  fragment = vec4(inkAndOpacity.x < 0.5 ? ink[0] : ink[1], coverage * inkAndOpacity.y);
}
