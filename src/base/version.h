/* Orrery's version: it stands in every result. */
#ifndef ORR_BASE_VERSION_H
#define ORR_BASE_VERSION_H

#define ORR_VERSION "0.1.0"

#endif
