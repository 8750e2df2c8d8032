// Places one slab: of a unit cube the three faces that are turned to the eye, stretched over its cells, with a margin for the frame that never gets thinner than a hair on the screen.
// Positions are taken relative to the eye in two steps, so that a tower a million cells high does not tremble.

in vec4 corner;    // low corner, depth
in ivec4 cells;    // columns, rows, offset in the atlas (-1: no numbers), kind of tensor
in vec4 look;      // 1 / colour scale, receding (0 to 1), style (0 plain, 1 frame lit, 2 hollow), dims the cells that were not read (0 to 1)
in ivec4 read;     // rectangle of the cells that were read: left, bottom, right, top
in ivec4 pending;  // rectangle of the cells that are being computed
in ivec4 untrained; // rectangle of the cells that training never judged
in ivec4 progress; // in which order (lines are rows 1, lines reversed 2, cells reversed 4), complete lines, cells of the next line

uniform mat4 viewProjection;   // of positions relative to the eye
uniform vec3 eyeHigh;
uniform vec3 eyeLow;
uniform vec3 frame[5];         // by kind of tensor
uniform vec3 accent;
uniform float focalPixels;     // device pixels per unit at depth one
uniform float pixelRatio;

#ifdef QUICK
uniform vec3 ground;
out vec2 place;
flat out ivec4 slab;
flat out vec2 strength;
#else
out vec3 local;
flat out ivec4 slab;
flat out vec4 slabLook;
flat out ivec4 slabRead;
flat out ivec4 slabPending;
flat out ivec4 slabProgress;
flat out ivec4 slabUntrained;
flat out vec3 facing;
#endif
flat out vec3 frameInk;

const int FRAME_LIT = 1;
const int HOLLOW = 2;
const int STATISTIC = 3;
const float FRAME_WIDTH[5] = float[5](0.22, 0.22, 0.1, 0.1, 0.1);
const float HAIR_PIXELS = 1.1;
const float WIDEST_HAIR = 0.8;

// Of each slab's corners, four are those of the face across the third axis, then four across the first one and four across the second.
const int CORNERS = 12;

// Whether a slab has nothing special about it: quick-cells.frag.glsl colours those, and cells.frag.glsl the others.
bool isPlain() {
  bool seenThrough = int(look.z) == HOLLOW;
  bool dimmed = look.w > 0.0;
  bool unfinished = pending.z > pending.x || untrained.z > untrained.x;
  return cells.w != STATISTIC && !seenThrough && !dimmed && !unfinished;
}

void main() {
  int at = gl_VertexID % CORNERS;
  int face = at >> 2;
  vec3 normal = vec3(equal(ivec3(face), ivec3(1, 2, 0)));
  float one = float(at & 1);
  float two = float((at >> 1) & 1);
  vec3 position = face == 0 ? vec3(one, two, 1.0) : face == 1 ? vec3(1.0, one, two) : vec3(two, 1.0, one);
  vec3 cornerFromEye = (corner.xyz - eyeHigh) - eyeLow;
  vec3 extent = vec3(vec2(cells.xy), corner.w);
  // Which face of each two is turned to the eye, which is at 0: the upper one (1), the lower one, or neither.
  vec3 beyond = step(cornerFromEye + extent, vec3(0.0));
  vec3 before = step(vec3(0.0), cornerFromEye);
  vec3 turned = mix(position, beyond, normal);
  vec3 inner = turned * extent;
  float depth = max((viewProjection * vec4(cornerFromEye + inner, 1.0)).w, 1e-3);
  float hair = min(max(1.0, HAIR_PIXELS * pixelRatio) * depth / focalPixels, WIDEST_HAIR);
  float margin = int(look.z) == HOLLOW ? hair : max(FRAME_WIDTH[cells.w], hair);
  vec3 outer = inner + (turned * 2.0 - 1.0) * vec3(margin, margin, 0.0);
  frameInk = int(look.z) == FRAME_LIT ? accent : frame[cells.w];
  bool isSeen = dot(normal, beyond + before) > 0.5;
#ifdef QUICK
  place = outer.xy;
  slab = ivec4(cells.xyz, face == 0 ? 0 : 1);
  strength = look.xy;
  // Light falls from above.
  float up = normal.y * (beyond.y * 2.0 - 1.0);
  if (normal.x > 0.0) frameInk = mix(frameInk, ground, 0.25);
  if (normal.y > 0.0) frameInk = mix(frameInk, vec3(up > 0.0 ? 1.0 : 0.0), 0.3);
  isSeen = isSeen && isPlain();
#else
  local = outer;
  slab = cells;
  slabLook = look;
  slabRead = read;
  slabPending = pending;
  slabProgress = progress;
  slabUntrained = untrained;
  facing = normal * (beyond * 2.0 - 1.0);
#ifdef COARSE
  isSeen = isSeen && !isPlain();
#endif
#endif
  gl_Position = isSeen ? viewProjection * vec4(cornerFromEye + outer, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
}
