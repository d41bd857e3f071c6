/* true.c - the cheapest command */
int main(void)
{
	return 0;
}
