// How a shared library offers functions to Rota: versioned tables of plain C types. In C++ take <rota/rota.hpp>.
//
// A plugin exports one symbol, rota_plugin_v1, which gives a table. Nothing is thrown across. Every table begins with
// its size, so that later versions may grow at the end; rota_value, rota_entry and rota_text are as they are for all of
// version 1. A library that was loaded stays loaded as long as its process lives.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ROTA_ABI 1u

/* Bytes that need not end with NUL. */
typedef struct rota_text {
  const char* bytes;
  size_t size;
} rota_text;

enum rota_kind { ROTA_NULL, ROTA_BOOL, ROTA_INT, ROTA_FLOAT, ROTA_STRING, ROTA_LIST, ROTA_MAP };

typedef struct rota_value rota_value;
typedef struct rota_entry rota_entry;
struct rota_value {
  uint32_t kind;    /* rota_kind */
  uint32_t boolean; /* of ROTA_BOOL: 0 or 1 */
  uint64_t size;    /* bytes of a string, items of a list, entries of a map */
  union {
    int64_t integer;
    double number;
    const char* text;
    const rota_value* items;
    const rota_entry* entries;
  } as;
};
struct rota_entry {
  rota_text key;
  rota_value value;
};

/* What a parameter takes. The host has converted what it hands over: text for ROTA_TAKES_STRING also where the job file
   has a number, ROTA_FLOAT for ROTA_TAKES_NUMBER, nanoseconds as ROTA_INT for ROTA_TAKES_DURATION. */
enum rota_takes {
  ROTA_TAKES_BOOL,
  ROTA_TAKES_INTEGER,
  ROTA_TAKES_NUMBER,
  ROTA_TAKES_STRING,
  ROTA_TAKES_DURATION,
  ROTA_TAKES_LIST,
  ROTA_TAKES_MAP,
  ROTA_TAKES_ANY
};
enum rota_parameter_flags {
  ROTA_REQUIRED = 1,
  ROTA_REST = 2 /* of the last one: all further positional arguments, as a ROTA_LIST of items of its type */
};
typedef struct rota_parameter {
  uint32_t size; /* sizeof(rota_parameter) */
  uint32_t takes;
  uint32_t flags;
  const char* name;
  const char* default_text; /* shown; the function applies it itself. May be NULL */
} rota_parameter;

/* One attempt, as the host knows it. Used by the thread that runs the function (or its coroutine) alone. */
typedef struct rota_context rota_context;

/* What a coroutine waits for: a descriptor, a time, or a descriptor up to a time. */
enum rota_events { ROTA_READABLE = 1, ROTA_WRITABLE = 2 };
typedef struct rota_wait {
  uint32_t size;      /* sizeof(rota_wait) */
  int32_t fd;         /* -1: none */
  uint32_t events;    /* one of rota_events */
  int64_t timeout_ns; /* -1: none */
} rota_wait;

/* What the host does for a function. No text ends with NUL unless it says so. */
typedef struct rota_host {
  uint32_t size;
  void (*out)(rota_context*, rota_text);
  void (*err)(rota_context*, rota_text);
  int (*stop_requested)(rota_context*);
  /* For plain functions: waits; 0 as soon as a stop is requested. */
  int (*sleep)(rota_context*, int64_t nanoseconds);
  void (*output)(rota_context*, rota_text name, const rota_value*);
  /* A variable of the attempt's environment, ending with NUL; NULL if there is none. */
  const char* (*env)(rota_context*, rota_text name);
  /* A path made absolute from the attempt's working directory, ending with NUL; good until the next call. */
  const char* (*path)(rota_context*, rota_text);
  void (*progress)(rota_context*, double from_0_to_1);
  /* The message of a function that then gives ROTA_FAILED. */
  void (*fail)(rota_context*, rota_text message);
  /* For coroutines: what to wait for, before resume() gives ROTA_SUSPENDED. */
  void (*wait)(rota_context*, const rota_wait*);
} rota_host;

enum rota_result {
  ROTA_DONE,
  ROTA_FAILED,
  ROTA_STOPPED,  /* came back because a stop was requested */
  ROTA_SUSPENDED /* of resume() alone: call again when what it waits for has come */
};
enum rota_wake { ROTA_READY, ROTA_TIMED_OUT, ROTA_CANCELLED };

/* Arguments come in the order of the parameters, NULL for one that was not given. They and the context outlive the
   call; of a coroutine, its frame. A target has run, or start with resume and destroy, or both. */
typedef struct rota_target {
  uint32_t size; /* sizeof(rota_target) */
  uint32_t parameter_count;
  const char* name;
  const char* summary; /* may be NULL */
  const rota_parameter* const* parameters;
  /* What the types cannot say. Not 0: refused, with a message that ends with NUL. May be NULL. */
  int (*check)(const rota_value* const* arguments, char* message, size_t room);
  int (*run)(const rota_host*, rota_context*, const rota_value* const* arguments);
  /* Makes a frame and runs nothing of it; NULL: failed. It is resumed by one thread at a time and destroyed once. */
  void* (*start)(const rota_host*, rota_context*, const rota_value* const* arguments);
  int (*resume)(void* frame, int wake);
  void (*destroy)(void* frame);
} rota_target;

typedef struct rota_plugin {
  uint32_t size; /* sizeof(rota_plugin) */
  uint32_t abi;  /* ROTA_ABI */
  uint32_t target_count;
  const rota_target* const* targets;
  const char* error; /* why none of it can be used; NULL if all is well */
} rota_plugin;

/* What a plugin defines. Called once, before anything of its targets. */
typedef const rota_plugin* rota_plugin_entry(void);

#ifdef __cplusplus
}
#endif
