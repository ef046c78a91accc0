/* Orrery's version: it stands in every result. */
#ifndef ORR_BASE_VERSION_H
#define ORR_BASE_VERSION_H

#define ORR_VERSION "0.1.0"

/* The model's: 32 hexadecimal digits that change with every byte of code and data that an answer may follow from (all of src but app and library, and data/). Made by the build. */
extern const char orr_model_version[];

#endif
