// Colours one slab: its frame by the kind of tensor, its cells by their numbers.

precision highp float;
precision highp int;
precision highp sampler2D;

in vec3 local;
flat in ivec4 slab;
flat in vec4 slabLook;
flat in ivec4 slabRead;
flat in ivec4 slabPending;
flat in ivec4 slabProgress;
flat in ivec4 slabUntrained;
flat in vec3 facing;
flat in vec3 frameInk;

uniform sampler2D numbers;
uniform sampler2D ramp;
uniform vec3 ground;
uniform vec3 plate;
uniform vec3 hollow;
uniform vec3 maskedInk;

out vec4 fragment;

const int STATISTIC = 3;
const float DASHES = 4.0;     // per cell

const int HOLLOW = 2;

const float MARK = 1e38;

// Loops of one round at most stand here where branches would do: a renderer without a graphics card runs both sides of a branch for
// every pixel, but leaves a loop at once.

// ---------------------------------------------------------------- cells

struct Blend {
  float share;        // value / scale, of the numbers among the cells
  float hollow;       // how much of the pixel is not computed
  float masked;       // how much of it is minus infinity (or another mark)
};

float numberAt(int offset) {
  return texelFetch(numbers, ivec2(offset & (ATLAS_WIDTH - 1), offset >> ATLAS_WIDTH_BITS), 0).r;
}

// 1 where a cell is still to be computed, else 0; the order is that of progress.ts.
float isPending(ivec2 cell, ivec2 size) {
  ivec2 at = cell - slabPending.xy;
  bool within = all(greaterThanEqual(at, ivec2(0))) && all(lessThan(at, size));
  ivec3 order = slabProgress.xxx & ivec3(1, 2, 4);
  ivec2 turned = order.x != 0 ? at.yx : at;
  ivec2 last = (order.x != 0 ? size.yx : size) - 1;
  int line = order.y != 0 ? last.x - turned.x : turned.x;
  int along = order.z != 0 ? last.y - turned.y : turned.y;
  bool done = line < slabProgress.y || (line == slabProgress.y && along < slabProgress.z);
  return within && !done ? 1.0 : 0.0;
}

void blendIn(inout Blend blend, float value, float pending, float weight) {
  float isHollow = max(pending, value <= -MARK ? 1.0 : 0.0);
  float isMasked = value >= MARK ? 1.0 - isHollow : 0.0;
  blend.hollow += weight * isHollow;
  blend.masked += weight * isMasked;
  blend.share += weight * (1.0 - isHollow - isMasked) * clamp(value * slabLook.x, -1.0, 1.0);
}

#ifdef COARSE

// One cell or summary a pixel, such that a summary is smaller than a pixel: for as long as things move on a slow machine.
Blend blendAt(vec2 place, vec2 footprint) {
  vec2 relevant = mix(footprint, vec2(1e-4), lessThan(slab.xy, ivec2(2)));
  float major = max(relevant.x, relevant.y);
  // The square of the size of a summary: between both directions, and at least half of the larger one.
  float square = max(relevant.x * relevant.y, 0.25 * major * major);
  int level = int(max(0.0, 0.5 * log2(square) - 0.5));
  ivec2 size = slab.xy;
  int offset = slab.z;
  for (int i = 0; i < level; i++) {
    offset += size.x * size.y;
    size = (size + 1) >> 1;
  }
  ivec2 cell = min(ivec2(place) >> level, size - 1);
  ivec2 pendingSize = slabPending.zw - slabPending.xy;
  float pending = 0.0;
  for (int asked = 0; asked < min(pendingSize.x, 1); asked++) pending = isPending(cell << level, pendingSize);
  Blend blend = Blend(0.0, 0.0, 0.0);
  blendIn(blend, numberAt(offset + cell.y * size.x + cell.x), pending, 1.0);
  return blend;
}

#else

// The four cells (or summaries, at a level above 0) around a place, blended over the width of a pixel.
void blendLevel(inout Blend blend, vec2 place, vec2 footprint, int level, float weight) {
  ivec2 size = slab.xy;
  int offset = slab.z;
  for (int i = 0; i < level; i++) {
    offset += size.x * size.y;
    size = (size + 1) >> 1;
  }
  float shrink = exp2(-float(level));
  vec2 centred = place * shrink - 0.5;
  vec2 low = floor(centred);
  vec2 towards = clamp(0.5 + (centred - low - 0.5) / max(footprint * shrink, 1e-4), 0.0, 1.0);
  // A pixel that lies within one cell, as nearly all do when cells are large, needs no more than that one.
  vec2 settled = step(0.5, towards);
  bool single = towards == settled;
  ivec2 pendingSize = slabPending.zw - slabPending.xy;
  for (int corner = 0; corner < (single ? 1 : 4); corner++) {
    vec2 side = single ? settled : vec2(corner & 1, corner >> 1);
    vec2 shares = mix(1.0 - towards, towards, side);
    ivec2 cell = clamp(ivec2(low + side), ivec2(0), size - 1);
    float pending = 0.0;
    for (int asked = 0; asked < min(pendingSize.x, 1); asked++) pending = isPending(cell << level, pendingSize);
    blendIn(blend, numberAt(offset + cell.y * size.x + cell.x), pending, weight * shares.x * shares.y);
  }
}

// At the cells themselves or between two levels of summaries, such that a summary is about as large as a pixel.
Blend blendAt(vec2 place, vec2 footprint) {
  vec2 relevant = mix(footprint, vec2(1e-4), lessThan(slab.xy, ivec2(2)));
  float major = log2(max(max(relevant.x, relevant.y), 1e-4));
  float minor = log2(max(min(relevant.x, relevant.y), 1e-4));
  float level = max(0.0, major - 0.5 * min(major - minor, 2.0));
  float between = fract(level);
  Blend blend = Blend(0.0, 0.0, 0.0);
  for (int step_ = 0; step_ < (between > 0.0 ? 2 : 1); step_++) {
    blendLevel(blend, place, footprint, int(level) + step_, step_ == 0 ? 1.0 - between : between);
  }
  return blend;
}

#endif

vec3 rampColour(float share) {
  float last = float(textureSize(ramp, 0).x - 1);
  return texelFetch(ramp, ivec2((0.5 + 0.5 * share) * last + 0.5, 0), 0).rgb;
}

// Coverage of thin diagonal lines, one per cell, by a pixel.
float hatching(vec2 place, float footprint) {
  float distance = abs(fract(place.x + place.y) - 0.5);
  float width = 0.022;
  float line = clamp((width - distance) / (footprint * 1.4) + 0.5, 0.0, 1.0);
  return mix(line, 2.0 * width, smoothstep(0.15, 0.45, footprint));
}

// Gaps between cells, once a cell is some pixels wide.
float gaps(vec2 place, vec2 footprint) {
  float coarse = max(footprint.x, footprint.y);
  float seen = 0.0;
  for (int asked = 0; asked < (coarse < 0.2 ? 1 : 0); asked++) {
    vec2 toLine = abs(fract(place + 0.5) - 0.5);
    vec2 gap = clamp((0.025 - toLine) / footprint + 0.5, 0.0, 1.0);
    seen = max(gap.x, gap.y) * (1.0 - smoothstep(0.1, 0.2, coarse));
  }
  return seen;
}

vec3 cellsColour(vec2 place, vec2 footprint) {
  // What holds no number.
  vec3 colour = mix(plate, frameInk, 0.14);
  float gapStrength = 1.0;
  for (int asked = 0; asked < (slab.z < 0 ? 0 : 1); asked++) {
    Blend blend = blendAt(place, footprint);
    float full = max(1.0 - blend.hollow, 1e-4);
    colour = rampColour(blend.share / max(full - blend.masked, 1e-4));
    colour = mix(colour, maskedInk, blend.masked / full);
    gapStrength = 0.9;
    for (int holes = 0; holes < (blend.hollow > 0.0 ? 1 : 0); holes++) {
      colour = mix(colour, mix(ground, hollow, hatching(place, max(footprint.x, footprint.y))), blend.hollow);
    }
  }
  return mix(colour, plate, gapStrength * gaps(place, footprint));
}

// What training never judged is paler than the rest, and hatched the other way than what is not computed.
vec3 untrainedColour(vec3 colour, vec2 place, vec2 footprint) {
  float line = hatching(vec2(place.x, -place.y), max(footprint.x, footprint.y));
  return mix(mix(colour, plate, 0.75), frameInk, 0.5 * line);
}

// How far a pixel lies outside a rectangle of cells: 0 within, 1 outside.
float outside(ivec4 rectangle, vec2 place, vec2 footprint) {
  vec2 low = vec2(rectangle.xy);
  vec2 high = vec2(rectangle.zw);
  vec2 beyond = (abs(place - 0.5 * (low + high)) - 0.5 * (high - low)) / footprint;
  return clamp(max(beyond.x, beyond.y) + 0.5, 0.0, 1.0);
}

// ---------------------------------------------------------------- frame

// Light falls from above, in both themes: what looks up is paler, what looks down darker. `up`: from -1 to 1.
vec3 lit(vec3 colour, float up) {
  return mix(colour, vec3(up > 0.0 ? 1.0 : 0.0), 0.3 * abs(up));
}

// On the front a statistic's frame is a fine dashed line. Its upper edge takes a little light and its lower one a little shade.
vec3 frameColour(vec2 place, vec2 footprint) {
  vec2 beyond = max(-place, place - vec2(slab.xy));
  bool upright = beyond.x > beyond.y;
  float along = DASHES * (upright ? place.y : place.x);
  float dash = step(fract(along), 0.6);
  float seen = mix(dash, 0.6, smoothstep(0.2, 0.5, DASHES * (upright ? footprint.y : footprint.x)));
  float up = !upright ? (place.y > 0.0 ? 0.5 : -0.5) : 0.0;
  return mix(lit(frameInk, up), ground, slab.w == STATISTIC ? 1.0 - seen : 0.0);
}

vec3 faceColour(vec2 place, vec2 footprint) {
  vec2 extent = vec2(slab.xy);
  vec2 beyond = max(-place, place - extent) / footprint;
  float onFrame = clamp(max(beyond.x, beyond.y) + 0.5, 0.0, 1.0);
  // What stands before a lit slab is seen through: only its frame is drawn.
  if (int(slabLook.z) == HOLLOW && onFrame < 0.5) discard;
  vec3 colour = vec3(0.0);
  for (int asked = 0; asked < (onFrame < 1.0 ? 1 : 0); asked++) colour = cellsColour(clamp(place, vec2(0.0), extent), footprint);
  for (int asked = 0; asked < (onFrame < 1.0 ? min(slabUntrained.z, 1) : 0); asked++) {
    colour = mix(untrainedColour(colour, place, footprint), colour, outside(slabUntrained, place, footprint));
  }
  for (int asked = 0; asked < (slabLook.w > 0.0 ? 1 : 0); asked++) {
    colour = mix(colour, plate, slabLook.w * outside(slabRead, place, footprint));
  }
  for (int asked = 0; asked < (onFrame > 0.0 ? 1 : 0); asked++) colour = mix(colour, frameColour(place, footprint), onFrame);
  return colour;
}


vec3 sideColour() {
  vec3 colour = mix(frameInk, ground, slab.w == STATISTIC ? 0.4 : 0.0);
  return abs(facing.y) < 0.5 ? mix(colour, ground, 0.25) : lit(colour, facing.y);
}

void main() {
  vec2 place = local.xy;
#ifdef COARSE
  vec2 footprint = max(fwidth(place), 1e-5);
#else
  vec2 footprint = max(vec2(length(vec2(dFdx(place.x), dFdy(place.x))), length(vec2(dFdx(place.y), dFdy(place.y)))), 1e-5);
#endif
  bool onSide = abs(facing.z) < 0.5;
  if (onSide && int(slabLook.z) == HOLLOW) discard;
  vec3 colour = vec3(0.0);
  for (int asked = 0; asked < (onSide ? 0 : 1); asked++) colour = faceColour(place, footprint);
  for (int asked = 0; asked < (onSide ? 1 : 0); asked++) colour = sideColour();
  fragment = vec4(mix(colour, ground, slabLook.y), 1.0);
}
