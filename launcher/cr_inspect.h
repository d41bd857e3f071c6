/* cr_inspect.h - what is in an image, as JSON */
#pragma once

struct cr_image;
struct json;

void cr_inspect(struct json *j, const struct cr_image *image);
