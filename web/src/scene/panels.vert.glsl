// The backdrop of one part of the architecture: a flat sheet behind its boxes, and around it the room that its shade takes.

in vec3 corner;       // low corner of the panel
in vec2 extent;

uniform mat4 viewProjection;
uniform vec3 eyeHigh;
uniform vec3 eyeLow;

out vec2 place;       // from the middle
flat out vec2 halfSize;

const float SHADE_ROOM = 6.0;

void main() {
  vec2 position = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) - 0.5;
  halfSize = 0.5 * extent;
  place = position * (extent + 2.0 * SHADE_ROOM);
  vec3 fromEye = (corner - eyeHigh) - eyeLow + vec3(halfSize + place, 0.0);
  gl_Position = viewProjection * vec4(fromEye, 1.0);
}
