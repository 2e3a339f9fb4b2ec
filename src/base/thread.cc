#include "base/thread.h"

#include <pthread.h>

namespace throughline {

void name_thread(const char* name) {
    // A name that is not taken changes nothing but a display.
    static_cast<void>(::pthread_setname_np(::pthread_self(), name));
}

}  // namespace throughline
