"""Words that Croatian passwords are made of; the guesser's own lists know English, names and leaked passwords only."""

_LINES = """
    lozinka zaporka sifra šifra tajna pristup ulaz prijava korisnik administrator racun račun posao firma tvrtka ured
    dobar dan dobro jutro vecer večer bok zdravo pozdrav hvala molim
    volim ljubav ljubavi moja moje moj srce sreca sreća dusa duša zivot život zlato ljepota zauvijek
    mama tata sestra brat baka djed obitelj dijete kuca kuća macka mačka pas maca medo leptir sunce more
    hrvatska hrvat domovina zagreb split rijeka osijek zadar pula dubrovnik sibenik šibenik varazdin varaždin karlovac
    istra dalmacija slavonija zagorje lika bosna srbija
    hajduk dinamo torcida vatreni nogomet kosarka košarka prvak
    ivan marko luka josip ante mate petar matej karlo ana marija ivana petra lucija mia ema sara nika
    sijecanj siječanj veljaca veljača ozujak ožujak travanj svibanj lipanj srpanj
    kolovoz rujan listopad studeni prosinac
    proljece proljeće ljeto jesen zima ponedjeljak utorak srijeda cetvrtak četvrtak petak subota nedjelja
    jedan dva tri cetiri četiri pet sest šest sedam osam devet deset
    kava pivo vino kruh cokolada čokolada jagoda auto godina nova stara
    te ti ja mi
"""
CROATIAN_WORDS = tuple(_LINES.split())
