/* python.exe: hands its command line to the Python library beside it. */
#include <stdio.h>
#include <windows.h>

typedef int (*program)(int, wchar_t **);

int wmain(int count, wchar_t **words)
{
    HMODULE library = LoadLibraryW(L"python313.dll");
    program run = library ? (program)(void *)GetProcAddress(library, "Py_Main") : NULL;
    if (run == NULL) {
        fprintf(stderr, "python313.dll cannot be loaded (error %lu)\n", GetLastError());
        return 1;
    }
    return run(count, words);
}
