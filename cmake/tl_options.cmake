# Compiler settings shared by every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

set(TL_OPTIMIZE "" CACHE STRING "Optimisation level of a debug build (0, 1, g)")
set(TL_SANITIZE "" CACHE STRING "Sanitizers, comma separated")
option(TL_FUZZ "Build the libFuzzer targets" OFF)
option(TL_BENCH "Build the benchmarks" OFF)
option(TL_CLANG_TIDY "Run clang-tidy while compiling" OFF)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

add_library(tl_flags INTERFACE)
target_include_directories(tl_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(tl_flags INTERFACE
    -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers -Werror -g1 -fno-omit-frame-pointer
    # The oldest machine we build for: x86-64 with AVX2 (2013) or ARMv8. Faster kernels are chosen
    # at run time.
    $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-march=x86-64-v3>
    $<$<NOT:$<STREQUAL:${TL_OPTIMIZE},>>:-O${TL_OPTIMIZE}>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 at -O3 sees overlapping copies in `"w" + text` where there are none (GCC bug 105651).
    target_compile_options(tl_flags INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # The stable_sort of libstdc++ 12 uses what it deprecates itself; g++ does not report its own.
    target_compile_options(tl_flags INTERFACE -Wthread-safety -Wno-deprecated-declarations)
endif()

if(TL_SANITIZE)
    target_compile_options(tl_flags INTERFACE -fsanitize=${TL_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(tl_flags INTERFACE -fsanitize=${TL_SANITIZE})
    target_compile_definitions(tl_flags INTERFACE TL_SANITIZED)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # With a sanitizer's checks between, g++ loses sight of what has been set (its manual warns
        # of it), as in an empty optional; the build without them still reports the real ones.
        target_compile_options(tl_flags INTERFACE -Wno-maybe-uninitialized)
    endif()
    # How ctest runs a test. Read only by the thread sanitizer.
    set(TL_TEST_ENVIRONMENT "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/tsan_suppressions.txt")
endif()
if(TL_FUZZ)
    target_compile_options(tl_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(TL_CLANG_TIDY)
    set(CMAKE_CXX_CLANG_TIDY clang-tidy-19)
endif()

find_program(TL_CCACHE ccache)
if(TL_CCACHE AND NOT TL_CLANG_TIDY)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${TL_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${TL_CCACHE})
endif()
find_program(TL_MOLD mold)
if(TL_MOLD AND NOT TL_SANITIZE)
    add_link_options(-fuse-ld=mold)
endif()
