// The text of one cell: a rectangle just large enough for its characters, lying on the cell's face.

in vec4 middle;        // of the cell's face; the cell's size
in ivec4 text;         // characters, 4 bits each, the first one lowest; their count; room in characters; face (1 front, -1 back)
in vec2 shade;         // which ink (0 or 1), opacity

uniform mat4 viewProjection;
uniform vec3 eyeHigh;
uniform vec3 eyeLow;

out vec2 at;           // in characters from the left, in heights from the top
flat out int characters;
flat out vec2 inkAndOpacity;

void main() {
  vec2 position = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) - 0.5;
  float width = TEXT_WIDTH * middle.w / float(text.z);
  float height = width * float(GLYPH_HEIGHT) / float(GLYPH_WIDTH);
  vec3 fromEye = (middle.xyz - eyeHigh) - eyeLow;
  fromEye.x += position.x * float(text.y) * width * float(text.w);
  fromEye.y += position.y * height;
  at = vec2((position.x + 0.5) * float(text.y), 0.5 - position.y);
  characters = text.x;
  inkAndOpacity = shade;
  gl_Position = viewProjection * vec4(fromEye, 1.0);
}
